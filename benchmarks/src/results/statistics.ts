// Statistics of a few rounds: their median and their range.

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

/** Null where a value is missing: a spread over some of the rounds only would look better founded than it is. */
export function spreadOfAll(values: readonly (number | null | undefined)[]): Spread | null {
  return values.every(value => typeof value === 'number') ? spreadOf(values) : null
}
