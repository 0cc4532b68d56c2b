// What the venues send, word for word, for `tradelane record`: one JSON line per frame or REST answer, as captures have them.
// Lines go to the main thread in batches; the file is its business. Present only in a process that records.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'

/** Sees everything before anybody looks at it. */
export interface FrameTap {
  onFrame(productId: string, frame: Buffer, receivedUs: MonotonicUs): void
  onAnswer(productId: string, path: string, body: Buffer, receivedUs: MonotonicUs): void
  /** Nothing may be left behind when the thread ends. */
  close(): void
}

const BATCH_CHARS = 256 * 1024
const BATCH_MS_MAX = 100

export class FrameRecorder implements FrameTap {
  readonly #port: { postMessage(message: ThreadToSupervisor): void }
  readonly #clock: Clock
  #lines: string[] = []
  #chars = 0
  #timer: NodeJS.Timeout | undefined

  constructor(port: { postMessage(message: ThreadToSupervisor): void }, clock: Clock) {
    this.#port = port
    this.#clock = clock
  }

  onFrame(productId: string, frame: Buffer, receivedUs: MonotonicUs): void {
    this.#add({ t: this.#wallMs(receivedUs), venue: productId, dir: 'in', raw: frame.toString() })
  }

  onAnswer(productId: string, path: string, body: Buffer, receivedUs: MonotonicUs): void {
    this.#add({ t: this.#wallMs(receivedUs), venue: productId, dir: 'rest', path, raw: body.toString() })
  }

  close(): void {
    this.#flush()
  }

  #wallMs(receivedUs: MonotonicUs): number {
    return Math.round(this.#clock.toWallUs(receivedUs)) / 1_000
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    this.#port.postMessage({ type: 'recorded', lines: this.#lines })
    this.#lines = []
    this.#chars = 0
  }

  #add(line: object): void {
    const text = JSON.stringify(line)
    this.#lines.push(text)
    this.#chars += text.length
    if (this.#chars >= BATCH_CHARS) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS_MAX)
  }
}
