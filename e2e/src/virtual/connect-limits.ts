// How many new connections the venues allow per host and window.

interface ConnectLimit {
  readonly count: number
  readonly windowUs: number
}

const LIMITS: Readonly<Record<string, ConnectLimit>> = {
  'binance-spot': { count: 300, windowUs: 300_000_000 },
  'bybit-linear': { count: 500, windowUs: 300_000_000 },
  okx: { count: 3, windowUs: 1_000_000 },
}

/** The largest number of attempts within one window if it exceeds the host's limit, otherwise undefined. */
export function connectExcess(host: string, attemptsUs: readonly number[]): number | undefined {
  const limit = LIMITS[host]
  if (limit === undefined) return undefined
  let most = 0
  let first = 0
  for (const [index, atUs] of attemptsUs.entries()) {
    while (atUs - (attemptsUs[first] ?? atUs) >= limit.windowUs) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most > limit.count ? most : undefined
}
