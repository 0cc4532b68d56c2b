// What the tests of this package share: a simulator for each test, a socket that keeps its frames, and the journal's lines.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { type Clock, createClock } from '../clock.js'
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator.js'

export const PAIRS = ['btc', 'eth', 'sol'].map(base => ({ base, quote: 'usdt' }))
export const BTC = PAIRS.slice(0, 1)
/** The books of the model and those of the heavy scenarios. Clients see no difference. */
export const BOOK_KINDS = [
  { kind: 'drawn', hasCyclicBooks: false },
  { kind: 'cyclic', hasCyclicBooks: true },
]
/** Most frames come within milliseconds; a busy machine may hold a whole process up for seconds. */
const WAIT_MS = 10_000
/** All products share the rates of a scenario, so a test names the products that it needs. */
const PRODUCTS = ['binance-futures', 'bybit-linear']

// biome-ignore lint/suspicious/noExplicitAny: frames of venues are read field by field
export type Frame = any

export interface RunningSimulator {
  readonly simulator: Simulator
  readonly base: string
  /** Flushes, then returns the lines of the journal, split at blanks. */
  journal(): Promise<string[][]>
}

export async function runSimulator(t: TestContext, options: Partial<SimulatorOptions> = {}): Promise<RunningSimulator> {
  const directory = await mkdtemp(join(tmpdir(), 'venue-sim-'))
  const file = join(directory, 'journal.txt')
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    scenario: 'normal',
    seed: 1,
    timeScale: 1,
    instruments: PAIRS,
    products: PRODUCTS,
    journal: file,
    log: () => undefined,
    ...options,
  })
  t.after(async () => {
    await simulator.close()
    await rm(directory, { recursive: true, force: true })
  })
  const base = `127.0.0.1:${simulator.port}`
  const journal = async (): Promise<string[][]> => {
    await fetch(`http://${base}/control/flush`, { method: 'POST' })
    const text = await readFile(file, 'utf8')
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => line.split(' '))
  }
  return { simulator, base, journal }
}

/**
 * The time of a simulator that stands still, so that what is sent within a window of its limits comes within it, however slow the
 * machine is. It moves by order only.
 */
export class StandingClock implements Clock {
  readonly #machine = createClock()
  #us = this.#machine.nowUs()

  readonly nowUs = (): number => this.#us

  wallMs(us: number): number {
    return this.#machine.wallMs(us)
  }

  pass(ms: number): void {
    this.#us += ms * 1_000
  }
}

export class VenueSocket {
  readonly frames: Frame[] = []
  readonly socket: WebSocket
  closeCode: number | undefined
  #waiting: (() => void)[] = []

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', payload => {
      const text = payload.toString()
      // OKX answers pings in plain text.
      this.frames.push(text === 'pong' ? text : JSON.parse(text))
      this.#wake()
    })
    socket.on('close', code => {
      this.closeCode = code
      this.#wake()
    })
  }

  static async open(t: TestContext, url: string): Promise<VenueSocket> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    const client = new VenueSocket(socket)
    t.after(() => socket.terminate())
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return client
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The first frame that the predicate accepts, also among those already received. */
  async find(predicate: (frame: Frame) => boolean, timeoutMs = WAIT_MS): Promise<Frame> {
    let seen = 0
    for (;;) {
      for (; seen < this.frames.length; seen += 1) if (predicate(this.frames[seen])) return this.frames[seen]
      await this.#change(timeoutMs)
    }
  }

  /** Waits for frames until what it has received suffices. */
  async until(isEnough: () => boolean, timeoutMs = WAIT_MS): Promise<void> {
    while (!isEnough()) await this.#change(timeoutMs)
  }

  async closed(timeoutMs = WAIT_MS): Promise<number> {
    while (this.closeCode === undefined) await this.#change(timeoutMs)
    return this.closeCode
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closeCode !== undefined) reject(new Error(`closed with ${this.closeCode} before`))
      const timer = setTimeout(() => reject(new Error(`no such frame within ${timeoutMs} ms`)), timeoutMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
