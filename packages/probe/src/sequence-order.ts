// The order of one client's trade log as its `seq` shows it: rising, without gaps that were not announced. Needs no
// journal. Servers that send no `seq` are not judged.

export class SequenceOrder {
  /** Not above the one before. */
  disordered = 0
  /** Sequences that never came and no gap frame reported. */
  missed = 0
  /** A filter in the URL makes gaps that mean nothing. */
  readonly #isFiltered: boolean
  #last = 0

  constructor(options: { isFiltered: boolean }) {
    this.#isFiltered = options.isFiltered
  }

  /** The welcome names the newest sequence before this client's first; NaN where the server has none. */
  start(newest: number): void {
    if (!this.#isFiltered && Number.isSafeInteger(newest)) this.#last = newest
  }

  meet(sequence: number): void {
    if (!Number.isSafeInteger(sequence)) return
    if (sequence <= this.#last) {
      this.disordered += 1
      return
    }
    if (this.#last > 0 && !this.#isFiltered) this.missed += sequence - this.#last - 1
    this.#last = sequence
  }

  /** An overrun gap reported everything up to `to`. */
  announce(to: number): void {
    if (Number.isSafeInteger(to)) this.#last = Math.max(this.#last, to)
  }
}
