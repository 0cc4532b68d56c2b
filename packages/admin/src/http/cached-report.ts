// A report that is made at most once a second, in the forms in which it is requested. All requests in between share its bytes.

import assert from 'node:assert/strict'
import { REPORT_MS_MIN } from '../limits.js'

type Bytes = Uint8Array<ArrayBuffer>

export class CachedReport<Report> {
  readonly #make: () => Report
  readonly #nowMs: () => number
  #report: Report | undefined
  #madeMs = Number.NEGATIVE_INFINITY
  readonly #forms = new Map<(report: Report) => string, Bytes>()

  constructor(make: () => Report, nowMs: () => number) {
    this.#make = make
    this.#nowMs = nowMs
  }

  newest(): Report {
    const nowMs = this.#nowMs()
    assert(nowMs >= this.#madeMs, 'monotonic time never goes back')
    if (this.#report === undefined || nowMs - this.#madeMs >= REPORT_MS_MIN) {
      this.#report = this.#make()
      this.#madeMs = nowMs
      this.#forms.clear()
    }
    return this.#report
  }

  /** `format` is one of a few functions that always give the same text for a report. */
  bytes(format: (report: Report) => string): Bytes {
    const report = this.newest()
    const made = this.#forms.get(format)
    if (made !== undefined) return made
    const bytes = Buffer.from(format(report))
    this.#forms.set(format, bytes)
    return bytes
  }
}

/** One of the forms. */
export function jsonText(report: unknown): string {
  return `${JSON.stringify(report)}\n`
}
