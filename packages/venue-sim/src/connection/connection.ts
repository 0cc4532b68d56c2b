// One client connection: its topics, and the frames that wait for the end of the round. Trades are written at once; all other
// frames are copied into a batch that is written once per round.
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { ScheduledSends } from '../sending/scheduled-sends.js'
import { textFrame } from './frames.js'
import type { Subscriber, Topic } from './topics.js'

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
  /** Connections cut because they did not read. */
  slowCut = 0
  /** Where trades and liquidations are sent by their schedule; absent where they are written at once. */
  readonly scheduled: ScheduledSends | undefined

  constructor(scheduled?: ScheduledSends) {
    this.scheduled = scheduled
  }

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
    assert(batch.length === BATCH_BYTES_MAX, 'only whole batches are reused')
    if (this.#spare.length < SPARE_BATCHES_MAX) this.#spare.push(batch)
  }
}

export class Connection implements Subscriber {
  readonly id: string
  readonly topics = new Set<Topic>()
  /** Names it subscribed that will stay silent. */
  readonly silentNames = new Set<string>()
  isCombined = false
  isInMicroseconds = false
  /** It never had a topic of anything but trades and liquidations. */
  isLosslessOnly = true
  /** It grows with every frame for it, also with those that the process of trades sends. */
  frameCount = 0
  readonly socket: WebSocket
  readonly #output: Duplex
  readonly #outbox: Outbox
  #batch: Buffer | undefined
  #batchBytes = 0
  #batchFrames = 0

  constructor(id: string, socket: WebSocket, output: Duplex, outbox: Outbox) {
    this.id = id
    this.socket = socket
    this.#output = output
    this.#outbox = outbox
  }

  get unsentBytes(): number {
    return this.#output.writableLength + this.#batchBytes
  }

  sendText(text: string): void {
    this.send(textFrame(text), true)
  }

  /** Copies the frame unless it is urgent: the maker of other frames may overwrite them. */
  send(frame: Buffer, isUrgent: boolean): void {
    this.frameCount += 1
    if (this.#outbox.scheduled?.takes(this, frame)) return
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
    assert(this.#batchFrames > 0 && this.#batchBytes <= BATCH_BYTES_MAX, 'a batch holds frames and fits its memory')
    const written = batch.subarray(0, this.#batchBytes)
    const frameCount = this.#batchFrames
    this.#batch = undefined
    this.#batchBytes = 0
    this.#batchFrames = 0
    this.#write(written, frameCount, () => this.#outbox.returnBatch(batch))
  }

  subscribe(topic: Topic): void {
    this.topics.add(topic)
    topic.add(this)
    this.isLosslessOnly &&= topic.isLossless
    const { scheduled } = this.#outbox
    if (this.isLosslessOnly) scheduled?.open(this, this.#output)
    scheduled?.catchUp(this, topic)
  }

  unsubscribe(topic: Topic): void {
    this.topics.delete(topic)
    topic.remove(this)
  }

  /** Ends it without a close frame, like a network failure. */
  cut(): void {
    this.socket.terminate()
    this.leave()
  }

  /** It does not read. */
  cutAsSlow(): void {
    this.#outbox.slowCut += 1
    this.cut()
  }

  /** Ends all its subscriptions. */
  leave(): void {
    this.#outbox.scheduled?.close(this)
    for (const topic of this.topics) topic.remove(this)
    this.topics.clear()
    this.silentNames.clear()
  }

  carries(feed: string): boolean {
    for (const topic of this.topics) if (topic.feed === feed) return true
    return false
  }

  #write(bytes: Buffer, frameCount: number, onWritten?: () => void): void {
    if (this.socket.readyState !== WebSocket.OPEN || !this.#output.writable) return
    this.#output.write(bytes, onWritten)
    this.#outbox.framesSent += frameCount
    this.#outbox.bytesSent += bytes.length
    if (this.#output.writableLength > this.#unsentBytesMax()) this.cutAsSlow()
  }

  #unsentBytesMax(): number {
    return this.carries('book') ? BOOK_UNSENT_BYTES_MAX : OTHER_UNSENT_BYTES_MAX
  }
}
