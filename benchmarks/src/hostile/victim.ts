// What is attacked: the product as a user starts it, on simulated venues, with the block meter in its threads. Where it has no
// admin port of its own, its client port stands for it.

import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chooseFreePort } from '@tradelane/server/exclusive-port'
import WebSocket from 'ws'
import type { Child } from '../run/child.js'
import { startSimulator, untilSubscribed } from '../run/simulator-process.js'
import { startProduct } from '../variants/product-process.js'
import type { Address, Doors } from './attack.js'
import { BlockFigures } from './block-figures.js'
import type { CertificateFiles } from './certificate.js'
import type { CounterSource } from './product-counters.js'

export interface VictimOptions {
  /** Trades per second. */
  readonly tradeRate: number
  readonly seed: number
  /** Of the simulator, whose rate of trades is replaced. */
  readonly scenario: string
  readonly env?: Readonly<Record<string, string>>
  /** The port of the clients has TLS, a token and origins; attacks on it go to the guarded door. */
  readonly guard?: CertificateFiles
  readonly descriptorsMax?: number
  /** Without the block meter it starts from its bundle, which takes half of the time. */
  readonly hasBlockMeter?: boolean
}

const HOST = '127.0.0.1'
const TOKEN = 'a-token-of-honest-clients'
const READY_MS_MAX = 10_000

export class Victim {
  readonly pid: number
  /** Of the clients: `ws://host:port`. */
  readonly url: string
  /** `http://host:port`. */
  readonly sim: string
  readonly journal: string
  readonly doors: Doors
  /** Of honest clients' requests. */
  readonly headers: Readonly<Record<string, string>>
  /** Of its trade log. */
  readonly stream: string
  readonly blocks: BlockFigures
  /** How the process ended; null while it runs. */
  ended: string | null = null
  readonly #folder: string
  readonly #children: readonly Child[]

  private constructor(parts: {
    child: Child
    url: string
    simulator: { child: Child; port: number }
    folder: string
    doors: Doors
    headers: Readonly<Record<string, string>>
    stream: string
  }) {
    const { child, url, simulator, folder, doors, headers, stream } = parts
    this.pid = child.pid
    this.url = url
    this.sim = `http://${HOST}:${simulator.port}`
    this.#folder = folder
    this.journal = journalIn(folder)
    this.blocks = new BlockFigures(blocksIn(folder))
    this.doors = doors
    this.headers = headers
    this.stream = stream
    this.#children = [child, simulator.child]
    void child.exited.then(how => {
      this.ended = how
    })
  }

  /** Resolves once clients are served. */
  static async start(options: VictimOptions): Promise<Victim> {
    const folder = await mkdtemp(join(tmpdir(), 'tradelane-hostile-'))
    const { scenario, tradeRate, seed, env = {}, guard, descriptorsMax, hasBlockMeter = true } = options
    const simulator = await startSimulator({ scenario, seed, port: 0, journal: journalIn(folder), tradeRate })
    const children = [simulator.child]
    try {
      const adminPort = await chooseFreePort(HOST)
      const { child, url } = await startProduct({
        sim: `ws://${HOST}:${simulator.port}`,
        env: { ADMIN_ADDR: `${HOST}:${adminPort}`, BLOCK_METER_FILE: blocksIn(folder), ...guardOf(guard), ...env },
        nodeFlags: hasBlockMeter ? ['--import', new URL('./block-meter.js', import.meta.url).href] : [],
        ...(descriptorsMax === undefined ? {} : { descriptorsMax }),
      })
      children.unshift(child)
      await untilSubscribed(`http://${HOST}:${simulator.port}`)
      const clients: Address = { host: HOST, port: Number(new URL(url).port) }
      const admin = (await opens({ host: HOST, port: adminPort })) ? { host: HOST, port: adminPort } : clients
      const doors = guard === undefined ? { clients, admin } : { guarded: clients, admin }
      const headers: Record<string, string> = guard === undefined ? {} : { authorization: `Bearer ${TOKEN}` }
      const stream = await readStream(url, headers)
      return new Victim({ child, url, simulator, folder, doors, headers, stream })
    } catch (error) {
      for (const child of children) await child.stop()
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Where its counters can be read. */
  get counters(): CounterSource {
    const { host, port } = this.doors.admin as Address
    return { url: `${this.url.startsWith('wss:') ? 'https' : 'http'}://${host}:${port}`, headers: this.headers }
  }

  async stop(): Promise<void> {
    for (const child of this.#children) await child.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function guardOf(guard: CertificateFiles | undefined): Record<string, string> {
  if (guard === undefined) return {}
  const { certPath: TLS_CERT, keyPath: TLS_KEY } = guard
  return { TLS_CERT, TLS_KEY, AUTH_TOKEN: TOKEN, ALLOWED_ORIGINS: 'https://terminal.example' }
}

/** From the welcome. */
async function readStream(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const socket = new WebSocket(url, { headers, rejectUnauthorized: false, handshakeTimeout: READY_MS_MAX })
  const frame = await new Promise<Buffer>((resolve, reject) => {
    socket.once('message', resolve).once('error', reject)
  })
  socket.terminate()
  return String((JSON.parse(frame.toString()) as { stream?: unknown }).stream)
}

/** The admin port may open a little after that of the clients. */
async function opens(address: Address): Promise<boolean> {
  const deadlineMs = performance.now() + READY_MS_MAX
  for (;;) {
    if (await isOpen(address)) return true
    if (performance.now() > deadlineMs) return false
    await sleep(100)
  }
}

async function isOpen({ host, port }: Address): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, host)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

function journalIn(folder: string): string {
  return join(folder, 'journal.txt')
}

function blocksIn(folder: string): string {
  return join(folder, 'blocks.txt')
}
