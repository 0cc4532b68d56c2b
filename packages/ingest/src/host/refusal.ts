// Why a venue refuses us, by the class that decides how long it is left alone: HTTP statuses here, the venues' own texts in
// `Product.refusalOf`. Only `does-not-exist` is final; it says something about one instrument and nothing about the host.

import type { RefusalClass } from '@tradelane/venues/refusal-class'

export interface Refusal {
  readonly refusalClass: RefusalClass
  /** What the venue demands; null where it names no time. */
  readonly retryAfterMs: number | null
  /** The least pause by the venue's documented rule for this answer; 0 without a rule. */
  readonly leastMs: number
  /** For the log. */
  readonly detail: string
}

interface Pause {
  readonly firstMs: number
  readonly longestMs: number
}

/** The first pause doubles with each refusal of the class up to the longest: six in the first minute, one a minute later. */
export const PAUSES = {
  fault: { firstMs: 4_000, longestMs: 60_000 },
  'too-often': { firstMs: 10_000, longestMs: 300_000 },
  forbidden: { firstMs: 10_000, longestMs: 600_000 },
  banned: { firstMs: 120_000, longestMs: 3_600_000 },
  unlawful: { firstMs: 60_000, longestMs: 3_600_000 },
  'not-accepted': { firstMs: 10_000, longestMs: 600_000 },
} as const satisfies Record<Exclude<RefusalClass, 'does-not-exist'>, Pause>

export function classOfStatus(status: number): Exclude<RefusalClass, 'does-not-exist'> {
  if (status >= 500) return 'fault'
  switch (status) {
    case 403:
      return 'forbidden'
    case 418:
      return 'banned'
    case 429:
      return 'too-often'
    case 451:
      return 'unlawful'
    default:
      return 'not-accepted'
  }
}

/** Of an answer's headers: seconds, or a date, which is read against the venue's own clock. Null where it names no time. */
export function retryAfterMsOf(headers: { get(name: string): string | null }): number | null {
  const text = headers.get('retry-after')
  if (text === null || text === '') return null
  const seconds = Number(text)
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.parse(headers.get('date') ?? '') : seconds * 1_000
  return ms > 0 ? ms : null
}
