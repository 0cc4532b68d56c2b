// The digest by which the simulator's journal names the exact text of a book's best 50 levels: 64 bits made of two 32-bit
// sums over levels, each of FNV-1a (`<side>|<price>|<amount>`) weighted by rank. Written from the journal's format,
// and sharing no code with the simulator, so that one mistake cannot hide in both.

export interface TextLevel {
  readonly price: string
  readonly amount: string
}

export const DIGEST_LEVEL_COUNT = 50

const SEED_FIRST = 0x811c9dc5
const SEED_SECOND = (0x01000193 ^ 0x9e3779b9) >>> 0
const FNV_PRIME = 0x01000193

/** Best level first on both sides; 16 hexadecimal digits. */
export function bookDigest(bids: readonly TextLevel[], asks: readonly TextLevel[]): string {
  return lane(SEED_FIRST, bids, asks) + lane(SEED_SECOND, bids, asks)
}

function lane(seed: number, bids: readonly TextLevel[], asks: readonly TextLevel[]): string {
  const sum = (sideSum(fnv1a(seed, 'b|'), bids) + sideSum(fnv1a(seed, 'a|'), asks)) >>> 0
  return sum.toString(16).padStart(8, '0')
}

/** `sideHash`: of what each level begins with. The text of a level is not made. */
function sideSum(sideHash: number, levels: readonly TextLevel[]): number {
  let sum = 0
  let rank = 0
  for (const { price, amount } of levels) {
    if (rank === DIGEST_LEVEL_COUNT) break
    sum = (sum + Math.imul(fnv1a(fnv1a(fnv1a(sideHash, price), '|'), amount), 2 * rank + 1)) | 0
    rank += 1
  }
  return sum
}

/** Goes on from the hash of the text before. */
function fnv1a(before: number, text: string): number {
  let hash = before
  for (let offset = 0; offset < text.length; offset += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(offset), FNV_PRIME)
  }
  return hash
}
