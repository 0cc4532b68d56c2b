// One client connection: what it subscribed, and the frames that wait for the end of the round. Trades are written at once;
// everything else is copied into a batch that is written once per round and connection.
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { textFrame } from './text-frame.js'
import type { Topic } from './topics.js'

const BATCH_BYTES_MAX = 1 << 16
const SPARE_BATCHES_MAX = 64
const BOOK_UNSENT_BYTES_MAX = 16 << 20
const OTHER_UNSENT_BYTES_MAX = 64 << 20

/** The connections that hold frames of this round, and the memory of batches that were written. */
export class Outbox {
  readonly #waiting: Connection[] = []
  readonly #spare: Buffer[] = []
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

  takeBatch(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES_MAX)
  }

  returnBatch(batch: Buffer): void {
    if (this.#spare.length < SPARE_BATCHES_MAX) this.#spare.push(batch)
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
  #batch: Buffer | undefined
  #batchBytes = 0
  #batchFrames = 0

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

  /** The frame is copied unless it is urgent: what is not may be written over by its maker. */
  send(frame: Buffer, isUrgent: boolean): void {
    this.frameCount += 1
    if (this.#batchBytes + frame.length > BATCH_BYTES_MAX) this.flush()
    if (this.#batchBytes === 0 && (isUrgent || frame.length > BATCH_BYTES_MAX)) {
      this.#write(isUrgent ? frame : Buffer.from(frame), 1)
      return
    }
    if (this.#batchBytes === 0) this.#outbox.add(this)
    this.#batch ??= this.#outbox.takeBatch()
    this.#batch.set(frame, this.#batchBytes)
    this.#batchBytes += frame.length
    this.#batchFrames += 1
    if (isUrgent) this.flush()
  }

  flush(): void {
    const batch = this.#batch
    if (batch === undefined) return
    const written = batch.subarray(0, this.#batchBytes)
    const frameCount = this.#batchFrames
    this.#batch = undefined
    this.#batchBytes = 0
    this.#batchFrames = 0
    this.#write(written, frameCount, () => this.#outbox.returnBatch(batch))
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

  #write(bytes: Buffer, frameCount: number, onWritten?: () => void): void {
    if (this.socket.readyState !== WebSocket.OPEN || !this.#stream.writable) return
    this.#stream.write(bytes, onWritten)
    this.#outbox.framesSent += frameCount
    this.#outbox.bytesSent += bytes.length
    if (this.#stream.writableLength > this.#unsentBytesMax()) {
      this.#outbox.slowCut += 1
      this.cut()
    }
  }

  #unsentBytesMax(): number {
    return this.carries('book') ? BOOK_UNSENT_BYTES_MAX : OTHER_UNSENT_BYTES_MAX
  }
}
