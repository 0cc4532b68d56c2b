// Reads a book frame byte by byte: strings of its levels would take a tenth of a run's time. Relies on the order of fields on
// the wire: asks, bids, confirmed, sequence; a level is `{"amount":"…","price":"…"}`.
//
// The digest is that of the simulator's journal, see `@tradelane/probe/book-digest`.

import assert from 'node:assert/strict'
import { DIGEST_LEVEL_COUNT } from '@tradelane/probe/book-digest'

export interface BookFrame {
  readonly sequence: number
  readonly digest: string
}

const ASKS = Buffer.from('{"Snapshot":{"asks":{"levels":[')
const BIDS = Buffer.from(']},"bids":{"levels":[')
const CONFIRMED = Buffer.from(']},"confirmed":"')
const SEQUENCE = Buffer.from(',"sequence":')
const AMOUNT = Buffer.from('{"amount":"')
const PRICE = Buffer.from('","price":"')
const END = Buffer.from('"}')
const SEQUENCE_CHARS_MAX = 20
const [QUOTE, COMMA, BAR] = Buffer.from('",|') as unknown as [number, number, number]
const [ASK, BID] = Buffer.from('ab') as unknown as [number, number]
const SEEDS = [0x811c9dc5, 0x01000193 ^ 0x9e3779b9] as const
const FNV_PRIME = 0x01000193

// Of the side that was read last.
let firstSum = 0
let secondSum = 0

/** Throws on any other form. */
export function readBookFrame(frame: Buffer): BookFrame {
  const asks = frame.indexOf(ASKS)
  const bids = frame.indexOf(BIDS, asks)
  const confirmed = frame.indexOf(CONFIRMED, bids)
  const sequence = frame.indexOf(SEQUENCE, confirmed)
  assert(asks > 0 && bids > asks && confirmed > bids && sequence > confirmed, 'a book frame is a snapshot')
  sumLevels(frame, asks + ASKS.length, bids, ASK)
  const [firstOfAsks, secondOfAsks] = [firstSum, secondSum]
  sumLevels(frame, bids + BIDS.length, confirmed, BID)
  const at = sequence + SEQUENCE.length
  return {
    sequence: Number.parseInt(frame.toString('latin1', at, at + SEQUENCE_CHARS_MAX), 10),
    digest: hexWord(firstSum + firstOfAsks) + hexWord(secondSum + secondOfAsks),
  }
}

function sumLevels(frame: Buffer, start: number, end: number, side: number): void {
  firstSum = 0
  secondSum = 0
  let at = start
  for (let rank = 0; at < end; rank += 1) {
    const amount = afterText(frame, at, AMOUNT)
    const amountEnd = endOfText(frame, amount)
    const price = afterText(frame, amountEnd, PRICE)
    const priceEnd = endOfText(frame, price)
    at = afterText(frame, priceEnd, END)
    assert(at === end || frame[at] === COMMA, 'levels are separated by commas')
    at += 1
    if (rank >= DIGEST_LEVEL_COUNT) continue
    const weight = 2 * rank + 1
    firstSum = (firstSum + Math.imul(levelHash(frame, SEEDS[0], side, price, priceEnd, amount, amountEnd), weight)) | 0
    secondSum =
      (secondSum + Math.imul(levelHash(frame, SEEDS[1], side, price, priceEnd, amount, amountEnd), weight)) | 0
  }
}

/** FNV-1a of `<side>|<price>|<amount>`. */
function levelHash(
  frame: Buffer,
  seed: number,
  side: number,
  price: number,
  priceEnd: number,
  amount: number,
  amountEnd: number,
): number {
  let hash = Math.imul(Math.imul(seed ^ side, FNV_PRIME) ^ BAR, FNV_PRIME)
  for (let at = price; at < priceEnd; at += 1) hash = Math.imul(hash ^ frame[at]!, FNV_PRIME)
  hash = Math.imul(hash ^ BAR, FNV_PRIME)
  for (let at = amount; at < amountEnd; at += 1) hash = Math.imul(hash ^ frame[at]!, FNV_PRIME)
  return hash
}

function afterText(frame: Buffer, at: number, text: Buffer): number {
  for (let index = 0; index < text.length; index += 1) {
    assert(frame[at + index] === text[index], 'a level is an amount and a price')
  }
  return at + text.length
}

function endOfText(frame: Buffer, start: number): number {
  let at = start
  while (at < frame.length && frame[at] !== QUOTE) at += 1
  return at
}

function hexWord(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
