// Acknowledges the frames of one client by message: the newest number, as soon as everything that has arrived was read. So the
// acknowledgements of a busy client are few, and none is late.

const HEAD = '{"n":'
const DIGITS_MAX = 16
const COMMA = 0x2c
const BRACE = 0x7b

export class Acknowledger {
  readonly #send: (text: string) => void
  #number = 0
  #isScheduled = false

  constructor(send: (text: string) => void) {
    this.#send = send
  }

  /** Returns the frame without its number, in the same bytes; undefined where that is not the next number. */
  take(frame: Buffer): Buffer | undefined {
    const head = frame.toString('latin1', 0, HEAD.length + DIGITS_MAX + 1)
    const comma = head.indexOf(',')
    if (!head.startsWith(HEAD) || frame[comma] !== COMMA) return undefined
    if (head.slice(HEAD.length, comma) !== String(this.#number + 1)) return undefined
    this.#number += 1
    this.#schedule()
    frame[comma] = BRACE
    return frame.subarray(comma)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#send(`{"op":"ack","n":${this.#number}}`)
    })
  }
}
