// When a trade or liquidation that was published is written to its sockets: at once, or by its schedule (scheduled-sends.ts).
import type { Clock } from '../clock.js'
import type { Lateness } from '../schedule/lateness.js'

/** Called with the time of the write, hrtime µs. */
export type SentReport = (sentUs: number) => void

export interface Sends {
  /** Reports when what was just published was, or will have been, written. Without subscribers nothing is. */
  published(atUs: number, hadSubscribers: boolean, report: SentReport): void
}

/** Where publishing is writing. */
export class ImmediateSends implements Sends {
  readonly #clock: Pick<Clock, 'nowUs'>
  readonly #lateness: Lateness

  constructor(clock: Pick<Clock, 'nowUs'>, lateness: Lateness) {
    this.#clock = clock
    this.#lateness = lateness
  }

  published(atUs: number, hadSubscribers: boolean, report: SentReport): void {
    const sentUs = this.#clock.nowUs()
    if (hadSubscribers) this.#lateness.record(sentUs - atUs)
    report(sentUs)
  }
}
