// Starts the product as a user does, `tradelane demo` in its own process with its own simulator, and stops it again.
// Used by the end-to-end tests only. Ports are free ones, so that a test never meets a running Tradelane.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TailReport } from '@tradelane/admin/tail/tail-report'
import { PRODUCTS } from '@tradelane/venues/registry'
import { freePort, Program, sleep, until } from './program.js'

/** Turns the books of spot products on, which are off by default. */
export const SPOT_BOOKS: Readonly<Record<string, string>> = {
  SUBSCRIPTIONS: PRODUCTS.filter(product => product.marketType === 'Spot')
    .map(({ id }) => `${id}:order_book_l2`)
    .join(),
}

export interface DemoOptions {
  readonly scenario?: 'quiet' | 'normal' | 'burst' | 'storm' | 'overload'
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** How many descriptors the gateway's process may open. */
  readonly openFilesMax?: number
  /** The gateway's port; a free one when absent. */
  readonly port?: number
}

/** Admin pages answer 50 requests a second. */
const TAIL_POLL_MS = 100

export interface DemoProcess {
  readonly url: string
  /** Of the port that clients connect to. */
  readonly httpUrl: string
  readonly adminUrl: string
  readonly simUrl: string
  readonly journal: string
  readonly pid: number
  /** Everything printed so far, both streams. */
  output(): string
  /** Resolves once so many trades have passed since the start. */
  untilTrades(count: number): Promise<void>
  /** Sends the signal and resolves with the exit code and the time it took. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; ms: number }>
}

/** Resolves once `/readyz` answers 200 and the admin pages are served. The journal lives in a folder of its own, removed by `stop`. */
export async function startDemo(options: DemoOptions = {}): Promise<DemoProcess> {
  const [wsPort, simPort] = [options.port ?? (await freePort()), await freePort()]
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-e2e-'))
  const journal = join(folder, 'journal.txt')
  const args = ['demo', '--scenario', options.scenario ?? 'normal', '--ws-addr', `127.0.0.1:${wsPort}`]
  args.push('--sim-port', String(simPort), '--journal', journal, ...(options.args ?? []))
  const { env, openFilesMax } = options
  const program = new Program(args, env, openFilesMax === undefined ? {} : { openFilesMax })
  const httpUrl = `http://127.0.0.1:${wsPort}`
  await program.untilReady(`${httpUrl}/readyz`)
  const readAdminUrl = (): string | undefined => /^Serving on (https?:\S+)/m.exec(program.output)?.[1]
  await until(() => readAdminUrl() !== undefined, 'the admin pages are served')
  const adminUrl = readAdminUrl() ?? ''
  return {
    url: `ws://127.0.0.1:${wsPort}`,
    httpUrl,
    adminUrl,
    simUrl: `http://127.0.0.1:${simPort}`,
    journal,
    pid: program.pid,
    output: () => program.output,
    untilTrades: count =>
      until(async () => {
        await sleep(TAIL_POLL_MS)
        const { hops } = (await (await fetch(`${adminUrl}/tail`)).json()) as TailReport
        return hops.decode.count >= count
      }, `${count} trades have passed`),
    stop: async signal => {
      const stopped = await program.stop(signal)
      await rm(folder, { recursive: true, force: true })
      return stopped
    },
  }
}
