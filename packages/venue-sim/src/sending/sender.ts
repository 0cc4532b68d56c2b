// The simulator's end of the process that sends its trades.
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { FromSender, ScheduledSend, ToSender } from './sender-messages.js'

const FILE = fileURLToPath(new URL('./sender-process.js', import.meta.url))
const START_MS_MAX = 10_000

export interface SenderEvents {
  /** The time of a write, hrtime µs. */
  onSent(ticket: number, sentUs: number): void
  /** The connection does not read. */
  onSlow(id: string): void
  /** The process ended by itself. */
  onLost(): void
}

export class Sender {
  readonly #process: ChildProcess
  #collected: ScheduledSend[] = []
  #flushed: (() => void)[] = []
  #isClosing = false

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  static isInstalled(): boolean {
    return existsSync(FILE)
  }

  /** Undefined where it does not start. */
  static async start(events: SenderEvents): Promise<Sender | undefined> {
    const process = fork(FILE, [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    const sender = new Sender(process)
    const isReady = new Promise<boolean>(resolve => {
      const timer = setTimeout(() => resolve(false), START_MS_MAX)
      process.on('message', (message: FromSender) => {
        if (message.type === 'ready') resolve(true)
        else sender.#receive(message, events)
      })
      process.once('error', () => resolve(false))
      process.once('exit', () => {
        clearTimeout(timer)
        resolve(false)
        sender.#end()
        if (!sender.#isClosing) events.onLost()
      })
    })
    if (await isReady) return sender
    await sender.close()
    return undefined
  }

  /** `carrier` is the socket of the connection. */
  open(id: string, carrier: Duplex): void {
    const { _handle: handle } = carrier as { _handle?: unknown } & Duplex
    if (handle === undefined || handle === null || !this.#process.connected) return
    // An open handle of a socket is not among the types of `send`, although Node accepts it (`net.Native`).
    this.#process.send({ type: 'open', id } satisfies ToSender, handle as never, () => undefined)
  }

  closeConnection(id: string): void {
    this.#post({ type: 'close', id })
  }

  add(send: ScheduledSend): void {
    this.#collected.push(send)
  }

  /** Hands over what was added. */
  post(): void {
    if (this.#collected.length === 0) return
    this.#post({ type: 'sends', sends: this.#collected })
    this.#collected = []
  }

  /** Resolves when the times of everything that was written are reported. */
  async flush(): Promise<void> {
    if (!this.#process.connected) return
    await new Promise<void>(resolve => {
      this.#flushed.push(resolve)
      this.#post({ type: 'flush' })
    })
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return
    const ended = new Promise<void>(resolve => this.#process.once('exit', () => resolve()))
    if (this.#process.connected) this.#process.disconnect()
    else this.#process.kill()
    await ended
  }

  #post(message: ToSender): void {
    if (this.#process.connected) this.#process.send(message, () => undefined)
  }

  #receive(message: FromSender, events: SenderEvents): void {
    switch (message.type) {
      case 'sent':
        for (let at = 0; at < message.times.length; at += 2) events.onSent(message.times[at]!, message.times[at + 1]!)
        return
      case 'slow':
        events.onSlow(message.id)
        return
      case 'flushed':
        this.#flushed.shift()?.()
    }
  }

  #end(): void {
    for (const resolve of this.#flushed) resolve()
    this.#flushed = []
  }
}
