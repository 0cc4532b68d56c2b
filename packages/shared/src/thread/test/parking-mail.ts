// What the two threads of `parking.stress.ts` share: a word each, when it was rung for, and the count of wake-ups.

import { monotonicUs } from '../clock.js'
import type { ThreadCell } from '../parking.js'

/** Words of the mail, i32. */
export const MailWord = {
  asked: 0,
  answered: 1,
  /** The last number asked, and answered, that was rung for too. */
  askedRung: 2,
  answeredRung: 3,
  /** Times that either thread parked. */
  waits: 4,
  /** Wake-ups that came from the clock although the bell had been rung long before. */
  lost: 5,
} as const
const RUNG = MailWord.askedRung - MailWord.asked
/** When the bell was last rung for `asked` and for `answered`, f64 after the words. */
const STAMPS_OFFSET = 32
export const MAIL_BYTES = STAMPS_OFFSET + 2 * 8

export function mailWords(mail: SharedArrayBuffer): Int32Array {
  return new Int32Array(mail, 0, STAMPS_OFFSET / 4)
}

/** One side's: publishes in one word, rings the other side, and reads the other word. */
export class Mailbox {
  readonly #own: number
  readonly #other: number
  readonly #partner: ThreadCell
  readonly #words: Int32Array
  readonly #stamps: Float64Array

  constructor(mail: SharedArrayBuffer, own: number, other: number, partner: ThreadCell) {
    this.#words = mailWords(mail)
    this.#stamps = new Float64Array(mail, STAMPS_OFFSET, 2)
    this.#own = own
    this.#other = other
    this.#partner = partner
    // The predecessor may have died between publishing and ringing.
    partner.ring()
  }

  own(): number {
    return Atomics.load(this.#words, this.#own)
  }

  other(): number {
    return Atomics.load(this.#words, this.#other)
  }

  publish(value: number): void {
    Atomics.store(this.#words, this.#own, value)
    this.#partner.ring()
    this.#stamps[this.#own] = monotonicUs()
    Atomics.store(this.#words, this.#own + RUNG, value)
  }

  /** When the bell was rung for the other side's word; undefined when its thread died before it rang. */
  rungUs(): number | undefined {
    const isRung = Atomics.load(this.#words, this.#other + RUNG) === this.other()
    return isRung ? this.#stamps[this.#other] : undefined
  }
}
