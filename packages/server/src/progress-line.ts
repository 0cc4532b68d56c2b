// A line on a terminal that says how far long work is, and goes when it is done. Nothing where there is no terminal.

import type { WriteStream } from 'node:tty'

const EVERY_MS = 1_000
const CLEAR = '\r\u001b[K'

export class ProgressLine {
  readonly #stream: Pick<WriteStream, 'isTTY' | 'write'>
  readonly #seconds: number
  readonly #startMs = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(stream: Pick<WriteStream, 'isTTY' | 'write'>, seconds: number) {
    this.#stream = stream
    this.#seconds = seconds
    if (stream.isTTY === true) this.#timer = setInterval(() => this.#draw(), EVERY_MS)
  }

  /** Also twice. */
  end(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#stream.write(CLEAR)
  }

  #draw(): void {
    const passed = Math.floor((performance.now() - this.#startMs) / 1_000)
    const text = passed < this.#seconds ? `${passed} of ${this.#seconds} s` : 'comparing'
    this.#stream.write(`${CLEAR}  ${text} …`)
  }
}
