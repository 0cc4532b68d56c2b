// One client connection: what it subscribed, and the frames that wait for the end of the round. Trades are written at once;
// everything else is written once per round and connection.
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { textFrame } from './text-frame.js'
import type { Topic } from './topics.js'

const BATCH_BYTES_MAX = 1 << 16
const BOOK_UNSENT_BYTES_MAX = 16 << 20
const OTHER_UNSENT_BYTES_MAX = 64 << 20

/** The connections that hold frames of this round. */
export class Outbox {
  readonly #waiting: Connection[] = []
  framesSent = 0
  bytesSent = 0
  slowCut = 0

  add(connection: Connection): void {
    this.#waiting.push(connection)
  }

  flush(): void {
    for (const connection of this.#waiting) connection.flush()
    this.#waiting.length = 0
  }
}

export class Connection {
  readonly id: string
  /** What it gets frames of. */
  readonly topics = new Set<Topic>()
  /** Names it subscribed that will stay silent. */
  readonly silentNames = new Set<string>()
  /** Binance: events are wrapped with the name of their stream. */
  isCombined = false
  /** Binance: times are in µs instead of ms. */
  isInMicroseconds = false
  /** Frames given to it so far. */
  frameCount = 0
  readonly socket: WebSocket
  readonly #stream: Duplex
  readonly #outbox: Outbox
  #batch: Buffer[] = []
  #batchBytes = 0

  constructor(id: string, socket: WebSocket, stream: Duplex, outbox: Outbox) {
    this.id = id
    this.socket = socket
    this.#stream = stream
    this.#outbox = outbox
  }

  get unsentBytes(): number {
    return this.#stream.writableLength + this.#batchBytes
  }

  sendText(text: string): void {
    this.send(textFrame(text), true)
  }

  send(frame: Buffer, isUrgent: boolean): void {
    if (this.#batchBytes === 0 && !isUrgent) this.#outbox.add(this)
    this.frameCount += 1
    this.#batch.push(frame)
    this.#batchBytes += frame.length
    if (isUrgent || this.#batchBytes > BATCH_BYTES_MAX) this.flush()
  }

  flush(): void {
    const batch = this.#batch
    const first = batch[0]
    if (first === undefined) return
    const bytes = this.#batchBytes
    this.#batch = []
    this.#batchBytes = 0
    if (this.socket.readyState !== WebSocket.OPEN || !this.#stream.writable) return
    this.#stream.write(batch.length === 1 ? first : Buffer.concat(batch, bytes))
    this.#outbox.framesSent += batch.length
    this.#outbox.bytesSent += bytes
    if (this.#stream.writableLength > this.#unsentBytesMax()) {
      this.#outbox.slowCut += 1
      this.cut()
    }
  }

  subscribe(topic: Topic): void {
    this.topics.add(topic)
    topic.subscribers.add(this)
    topic.wasOffered = true
  }

  unsubscribe(topic: Topic): void {
    this.topics.delete(topic)
    topic.subscribers.delete(this)
  }

  /** Ends it without a close frame, as a lost line does. */
  cut(): void {
    this.socket.terminate()
    this.leave()
  }

  leave(): void {
    for (const topic of this.topics) topic.subscribers.delete(this)
    this.topics.clear()
    this.silentNames.clear()
  }

  carries(feed: string): boolean {
    for (const topic of this.topics) if (topic.feed === feed) return true
    return false
  }

  #unsentBytesMax(): number {
    return this.carries('book') ? BOOK_UNSENT_BYTES_MAX : OTHER_UNSENT_BYTES_MAX
  }
}
