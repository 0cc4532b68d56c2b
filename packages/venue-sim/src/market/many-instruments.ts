// As many instruments as asked for: the same pairs on every product, the most traded first. Their rates fall with their rank, as
// on venues, where a few instruments have most of the trades and a long tail has few.
import assert from 'node:assert/strict'
import type { InstrumentPair } from './instrument-spec.js'

/** Beyond these, bases are made up. */
const BASES = [
  ...[
    'btc',
    'eth',
    'sol',
    'xrp',
    'doge',
    'bnb',
    'ada',
    'link',
    'avax',
    'sui',
    'ltc',
    'dot',
    'trx',
    'bch',
    'near',
    'uni',
  ],
  ...[
    'apt',
    'arb',
    'op',
    'fil',
    'atom',
    'etc',
    'inj',
    'tia',
    'sei',
    'aave',
    'pepe',
    'shib',
    'wif',
    'ton',
    'hbar',
    'xlm',
  ],
  ...[
    'algo',
    'icp',
    'vet',
    'grt',
    'mana',
    'sand',
    'axs',
    'ftm',
    'egld',
    'theta',
    'crv',
    'ldo',
    'mkr',
    'snx',
    'comp',
    'gala',
  ],
]
export const INSTRUMENTS_MAX = 3_000
/** With so many pairs, or fewer, all have the same rate. */
const EVEN_MAX = 3

/** Enough pairs for `count` instruments on `productCount` products. */
export function manyPairs(count: number, productCount: number): readonly InstrumentPair[] {
  assert(count > 0 && productCount > 0, 'there is at least one instrument')
  const pairs = Math.ceil(count / productCount)
  return Array.from({ length: pairs }, (_, rank) => ({ base: BASES[rank] ?? `coin${rank + 1}`, quote: 'usdt' }))
}

/** The share of each rank, relative to the first. */
export function weightOf(rank: number, pairCount: number): number {
  return pairCount <= EVEN_MAX ? 1 : 1 / (rank + 1)
}

/** How many times the rates of a scenario, which are those of three pairs, go up: the first three keep theirs. */
export function rateFactor(pairCount: number): number {
  if (pairCount <= EVEN_MAX) return 1
  const sum = (count: number): number =>
    Array.from({ length: count }, (_, rank) => weightOf(rank, pairCount)).reduce((total, weight) => total + weight, 0)
  return sum(pairCount) / sum(EVEN_MAX)
}
