import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bookDigest, type TextLevel } from './book-digest.js'

const PRIME = 0x01000193n
const MASK = 0xffffffffn

test('the digest is that of the journal’s definition, in arbitrary precision', () => {
  const side = (first: number, step: number, count: number): TextLevel[] =>
    Array.from({ length: count }, (_, rank) => ({ price: (first + step * rank).toFixed(2), amount: `${rank + 1}.500` }))
  for (const [bidCount, askCount] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [50, 50],
    [3, 17],
  ] as const) {
    const [bids, asks] = [side(81_234.5, -0.1, bidCount), side(81_234.6, 0.1, askCount)]
    assert.equal(bookDigest(bids, asks), definition(bids, asks))
  }
})

test('one level has the digest that another program computed', () => {
  assert.equal(bookDigest([{ price: '1', amount: '2' }], []), 'f243c75cc2947209')
})

test('the fifty-first level counts for nothing, every other text for something', () => {
  const levels = Array.from({ length: 51 }, (_, rank) => ({ price: `${1_000 - rank}`, amount: '1' }))
  const whole = bookDigest(levels, [])
  assert.equal(whole, bookDigest(levels.slice(0, 50), []))
  for (let rank = 0; rank < 50; rank += 1) {
    const changed = levels.map((level, at) => (at === rank ? { ...level, amount: '1.0' } : level))
    assert.notEqual(bookDigest(changed, []), whole, `rank ${rank}`)
  }
  assert.notEqual(bookDigest([], levels), whole)
  const [first, second, ...rest] = levels as [TextLevel, TextLevel, ...TextLevel[]]
  assert.notEqual(bookDigest([second, first, ...rest], []), whole)
})

function definition(bids: readonly TextLevel[], asks: readonly TextLevel[]): string {
  return [0x811c9dc5n, 0x01000193n ^ 0x9e3779b9n]
    .map(seed => {
      let sum = 0n
      for (const [side, levels] of [
        ['b', bids],
        ['a', asks],
      ] as const) {
        for (const [rank, { price, amount }] of levels.entries()) {
          sum += lane([...`${side}|${price}|${amount}`], seed) * BigInt(2 * rank + 1)
        }
      }
      return (sum & MASK).toString(16).padStart(8, '0')
    })
    .join('')
}

function lane(characters: readonly string[], seed: bigint): bigint {
  return characters.reduce((hash, character) => ((hash ^ BigInt(character.charCodeAt(0))) * PRIME) & MASK, seed)
}
