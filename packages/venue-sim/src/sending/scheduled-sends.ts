// Trades and liquidations are published ahead of their time, so that they are encoded when it comes. Those of connections that
// carry nothing else are sent by a process of their own; those of other connections wait here, because one writer must keep
// the order of a connection.
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { textFrame } from '../connection/frames.js'
import { type Form, publication, type Topic } from '../connection/topics.js'
import type { Lateness } from '../schedule/lateness.js'
import type { Sender, SenderEvents } from './sender.js'
import type { Sends, SentReport } from './sends.js'

/** More than this loop is late while it draws and writes books, or answers a client that connects. */
export const LEAD_US = 150_000

/** What it needs of a connection. */
interface SendConnection extends Form {
  readonly id: string
  /** It carries trades and liquidations and nothing else. */
  readonly isLosslessOnly: boolean
  send(frame: Buffer, isUrgent: boolean): void
  cut(): void
  cutAsSlow(): void
}

interface WaitingSend {
  readonly dueUs: number
  readonly connection?: SendConnection
  readonly frame?: Buffer
  readonly ticket?: number
}

interface WaitingReport {
  readonly atUs: number
  readonly hadSubscribers: boolean
  readonly report: SentReport
  /** 0 until it was written. */
  sentUs: number
}

export class ScheduledSends implements Sends, SenderEvents {
  readonly #nowUs: () => number
  readonly #lateness: Lateness
  readonly #log: (message: string) => void
  /** By ticket, in the order of publishing: so they are reported, because the journal has the trades in their order. */
  readonly #reports = new Map<number, WaitingReport>()
  readonly #carried = new Map<string, SendConnection>()
  #sender: Sender | undefined
  #waiting: WaitingSend[] = []
  #ticket = 0
  #wasCarried = false

  constructor(options: { nowUs: () => number; lateness: Lateness; log: (message: string) => void }) {
    this.#nowUs = options.nowUs
    this.#lateness = options.lateness
    this.#log = options.log
  }

  use(sender: Sender): void {
    this.#sender = sender
  }

  /** Frames until `end` are sent at this time. */
  begin(dueUs: number): void {
    assert(dueUs > 0 && publication.dueUs === 0, 'one event is published at a time')
    publication.dueUs = dueUs
  }

  end(): void {
    publication.dueUs = 0
  }

  /** A new subscriber gets what was published already and is not due yet. */
  catchUp(connection: SendConnection, topic: Topic): void {
    const { dueUs: publishedUs } = publication
    for (const { text, dueUs } of topic.aheadOf(this.#nowUs())) {
      publication.dueUs = dueUs
      this.takes(connection, textFrame(topic.textIn(connection, text)))
    }
    publication.dueUs = publishedUs
  }

  /** Whether the frame will be sent by its schedule. */
  takes(connection: SendConnection, frame: Buffer): boolean {
    const { dueUs } = publication
    if (dueUs === 0) return false
    this.#wasCarried = connection.isLosslessOnly && this.#carried.has(connection.id)
    if (this.#wasCarried) this.#sender?.add({ dueUs, id: connection.id, frame })
    else this.#wait({ dueUs, connection, frame })
    return true
  }

  published(atUs: number, hadSubscribers: boolean, report: SentReport): void {
    this.#ticket += 1
    this.#reports.set(this.#ticket, { atUs, hadSubscribers, report, sentUs: 0 })
    if (!hadSubscribers) {
      this.onSent(this.#ticket, this.#nowUs())
      return
    }
    const send = { dueUs: atUs, ticket: this.#ticket }
    if (this.#wasCarried) this.#sender?.add(send)
    else this.#wait(send)
  }

  /** A connection that carries trades or liquidations and nothing else so far. */
  open(connection: SendConnection, carrier: Duplex): void {
    if (this.#sender === undefined || this.#carried.has(connection.id)) return
    this.#carried.set(connection.id, connection)
    this.#sender.open(connection.id, carrier)
  }

  close(connection: SendConnection): void {
    if (this.#carried.delete(connection.id)) this.#sender?.closeConnection(connection.id)
  }

  /** What a new subscriber catches up with is due before what was published since. */
  #wait(send: WaitingSend): void {
    let at = this.#waiting.length
    while (at > 0 && this.#waiting[at - 1]!.dueUs > send.dueUs) at -= 1
    this.#waiting.splice(at, 0, send)
  }

  /** When the next frame that waits here is due. */
  nextUs(): number {
    return this.#waiting[0]?.dueUs ?? Number.POSITIVE_INFINITY
  }

  sendNext(): void {
    const send = this.#waiting.shift()
    assert(send !== undefined, 'only a frame that waits is sent')
    if (send.frame !== undefined) send.connection?.send(send.frame, true)
    if (send.ticket !== undefined) this.onSent(send.ticket, this.#nowUs())
  }

  /** After each round of events. */
  post(): void {
    this.#sender?.post()
  }

  async flush(): Promise<void> {
    await this.#sender?.flush()
  }

  async stop(): Promise<void> {
    await this.#sender?.close()
    this.#reportAll(this.#nowUs())
  }

  onSent(ticket: number, sentUs: number): void {
    const waiting = this.#reports.get(ticket)
    if (waiting === undefined) return
    waiting.sentUs = Math.max(sentUs, waiting.atUs)
    for (const [first, { atUs, hadSubscribers, report, sentUs: firstSentUs }] of this.#reports) {
      if (firstSentUs === 0) return
      this.#reports.delete(first)
      if (hadSubscribers) this.#lateness.record(firstSentUs - atUs)
      report(firstSentUs)
    }
  }

  onSlow(id: string): void {
    this.#carried.get(id)?.cutAsSlow()
  }

  onLost(): void {
    this.#log('the process that sends trades ended; trades are sent by the main loop from now on')
    this.#sender = undefined
    this.#reportAll(Number.POSITIVE_INFINITY)
    // Their frames may be sent in part.
    for (const connection of [...this.#carried.values()]) connection.cut()
    this.#carried.clear()
  }

  /** Of what was due. */
  #reportAll(untilUs: number): void {
    for (const [ticket, { atUs }] of [...this.#reports]) if (atUs <= untilUs) this.onSent(ticket, atUs)
  }
}
