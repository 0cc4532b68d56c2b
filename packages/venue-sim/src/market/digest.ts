// The digest that identifies the exact text of a book's best 50 levels in the journal: two 32-bit sums over the levels, each
// of FNV-1a (`<b|a>|price|amount`) weighted by 2 × rank + 1, written as 16 hexadecimal digits.

export const DIGEST_LEVEL_COUNT = 50
export const SEED_FIRST = 0x811c9dc5
export const SEED_SECOND = (0x01000193 ^ 0x9e3779b9) >>> 0
const FNV_PRIME = 0x01000193

/** Continues the hash over more text; starts from one of the two seeds. */
export function fnv1a(hash: number, text: string): number {
  let result = hash
  for (let offset = 0; offset < text.length; offset += 1) {
    result = Math.imul(result ^ text.charCodeAt(offset), FNV_PRIME)
  }
  return result
}

export function digestText(first: number, second: number): string {
  return hexWord(first) + hexWord(second)
}

/** The digest of levels given as text, best first: for snapshots and tests. Books use hashes that they keep per slot. */
export function digestOfLevels(bids: readonly TextLevel[], asks: readonly TextLevel[]): string {
  const sumFrom = (seed: number): number => {
    let sum = 0
    for (const [side, levels] of [
      ['b', bids],
      ['a', asks],
    ] as const) {
      for (const [rank, [price, amount]] of levels.slice(0, DIGEST_LEVEL_COUNT).entries()) {
        sum = (sum + Math.imul(fnv1a(seed, `${side}|${price}|${amount}`), 2 * rank + 1)) | 0
      }
    }
    return sum
  }
  return digestText(sumFrom(SEED_FIRST), sumFrom(SEED_SECOND))
}

/** Price and amount. */
export type TextLevel = readonly [string, string]

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
