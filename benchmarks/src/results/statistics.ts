// Few numbers, honestly told: the median of the rounds, and how far they spread.

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Null without values. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number }
}

/** Null where one of the values is missing: a spread over some of the rounds would say more than was seen. */
export function spreadOfAll(values: readonly (number | null | undefined)[]): Spread | null {
  return values.every(value => typeof value === 'number') ? spreadOf(values) : null
}
