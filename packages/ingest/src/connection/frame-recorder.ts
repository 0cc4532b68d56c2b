// Everything that the venues send, for `tradelane record`: one JSON line per frame or REST answer, in the format of captures.
// Lines go in batches to the main thread, which writes the file. Present only in a process that records.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'

interface RecorderPort {
  postMessage(message: ThreadToSupervisor): void
}

const BATCH_CHARS = 256 * 1024
const BATCH_MS_MAX = 100

export class FrameRecorder {
  readonly #port: RecorderPort
  readonly #clock: Clock
  readonly #timers: Timers
  #lines: string[] = []
  #chars = 0
  #timer: Timer | undefined

  constructor(port: RecorderPort, clock: Clock, timers: Timers) {
    this.#port = port
    this.#clock = clock
    this.#timers = timers
  }

  onFrame(productId: string, frame: Buffer, receivedUs: MonotonicUs): void {
    this.#add({ t: this.#wallMs(receivedUs), venue: productId, dir: 'in', raw: frame.toString() })
  }

  onAnswer(productId: string, path: string, body: Buffer, receivedUs: MonotonicUs): void {
    this.#add({ t: this.#wallMs(receivedUs), venue: productId, dir: 'rest', path, raw: body.toString() })
  }

  /** Posts the last lines, before the thread ends. */
  close(): void {
    this.#flush()
  }

  #wallMs(receivedUs: MonotonicUs): number {
    return Math.round(this.#clock.toWallUs(receivedUs)) / 1_000
  }

  #flush(): void {
    this.#timers.clear(this.#timer)
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
    else this.#timer ??= this.#timers.setTimeout(() => this.#flush(), BATCH_MS_MAX)
  }
}
