// Frames as the venues document them, made up by a number: the n-th of a series in which every id follows the one before. Threads
// run them through their real path before the port opens, so that its code is compiled; nothing of them is ever published.

export interface SampleFrames {
  trade(symbol: string, n: number, atMs: number): string
  /** Of the best prices. */
  top(symbol: string, n: number, atMs: number): string
  /** From where `DepthProtocol.snapshotSource` says. The first delta continues it. */
  snapshot(symbol: string, atMs: number): string
  delta(symbol: string, n: number, atMs: number): string
}

/** Ids of a series begin here: as long as those of today. */
export const SAMPLE_ID = 5_512_345_000

const DELTA_LEVELS = 10
const SNAPSHOT_LEVELS = 100
const BID_TENTHS = 867_234
/** Levels of deltas are so far from the best one at most. */
const TENTHS_SPREAD = 60

export function samplePrice(n: number): string {
  return `${((BID_TENTHS - (n % 50)) / 10).toFixed(1)}0`
}

export function sampleAmount(n: number): string {
  return `${1 + (n % 7)}.${100 + ((n * 37) % 900)}`
}

/** JSON of the levels of one side of the n-th delta, some of which are deletions; `after` follows each amount. */
export function sampleLevels(isBid: boolean, n: number, after = ''): string {
  const levels = Array.from({ length: DELTA_LEVELS }, (_, index) => {
    const tenths = (n * 7 + index * 11) % TENTHS_SPREAD
    const amount = (n + index) % 5 === 0 ? '0' : sampleAmount(n + index)
    return level(isBid, tenths, amount, after)
  })
  return `[${levels.join(',')}]`
}

/** The same of a snapshot. */
export function sampleSide(isBid: boolean, after = ''): string {
  const levels = Array.from({ length: SNAPSHOT_LEVELS }, (_, tenths) =>
    level(isBid, tenths, sampleAmount(tenths), after),
  )
  return `[${levels.join(',')}]`
}

function level(isBid: boolean, tenths: number, amount: string, after: string): string {
  const price = isBid ? BID_TENTHS - tenths : BID_TENTHS + 1 + tenths
  return `["${(price / 10).toFixed(1)}0","${amount}"${after}]`
}
