// The simulated venues in the process of the test, and the built program as a process of its own on them. `tradelane demo` is
// three processes, of which the two of its simulator cost as much to start as the gateway. For tests that judge no latency:
// the venues share the thread of the test.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimulatorOptions } from '@tradelane/venue-sim/simulator'
import { startSimulator } from '@tradelane/venue-sim/simulator'
import { freePort, Program, until } from './program.js'

/** Those that the program has by default. */
const PAIRS = ['btc', 'eth', 'sol'].map(base => ({ base, quote: 'usdt' }))

/** What the simulator is started with, where it is not the default. */
export type VenueOptions = Partial<
  Pick<SimulatorOptions, 'scenario' | 'l2Rate' | 'tradeRate' | 'instruments' | 'products' | 'journal'>
>

export interface Venues {
  readonly port: number
  /** As `--sim` has it. */
  readonly url: string
  readonly httpUrl: string
  readonly journal: string
  close(): Promise<void>
}

/** Without a path for it the journal lives in a folder of its own, removed by `close`. */
export async function startVenues(options: VenueOptions = {}): Promise<Venues> {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-e2e-'))
  const journal = options.journal ?? join(folder, 'journal.txt')
  const common = { host: '127.0.0.1', port: 0, seed: 1, timeScale: 1, log: () => undefined }
  const simulator = await startSimulator({
    ...common,
    scenario: 'normal',
    instruments: PAIRS,
    journal,
    ...options,
  })
  const { port } = simulator
  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${port}`,
    journal,
    close: async () => {
      await simulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface ServedProgram {
  readonly program: Program
  readonly url: string
  readonly httpUrl: string
  /** Of the admin pages; empty where `ADMIN_ADDR` is off. */
  readonly adminUrl: string
}

export interface ServeOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** A free one when absent. */
  readonly port?: number
  /** How many descriptors it may open. */
  readonly openFilesMax?: number
}

/** `tradelane serve` on these venues. Resolves once `/readyz` answers 200 and the admin pages are served, where they are. */
export async function serveOn({ url: sim }: Venues, options: ServeOptions = {}): Promise<ServedProgram> {
  const { env = {}, args = [], openFilesMax } = options
  const port = options.port ?? (await freePort())
  const program = new Program(
    ['serve', '--sim', sim, '--ws-addr', `127.0.0.1:${port}`, ...args],
    env,
    openFilesMax === undefined ? {} : { openFilesMax },
  )
  const httpUrl = `http://127.0.0.1:${port}`
  await program.untilReady(`${httpUrl}/readyz`)
  const adminUrl = (): string | undefined => /^Serving on (https?:\S+)/m.exec(program.output)?.[1]
  if (env['ADMIN_ADDR'] !== 'off') await until(() => adminUrl() !== undefined, 'the admin pages are served')
  return { program, url: `ws://127.0.0.1:${port}`, httpUrl, adminUrl: adminUrl() ?? '' }
}
