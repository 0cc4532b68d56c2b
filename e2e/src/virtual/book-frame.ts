// Reads a book frame without `JSON.parse`, which would take a large part of a run's time. Relies on the order of fields on the
// wire: asks, bids, confirmed, sequence; a level is `{"amount":"…","price":"…"}`.

import assert from 'node:assert/strict'
import type { TextLevel } from '@tradelane/probe/book-digest'

export interface BookFrame {
  readonly sequence: number
  /** Best first. */
  readonly bids: readonly TextLevel[]
  readonly asks: readonly TextLevel[]
}

const ASKS = '{"Snapshot":{"asks":{"levels":['
const BIDS = ']},"bids":{"levels":['
const CONFIRMED = ']},"confirmed":"'
const SEQUENCE = ',"sequence":'

/** Throws on any other form. */
export function readBookFrame(frame: Buffer): BookFrame {
  const text = frame.toString('latin1')
  const asks = text.indexOf(ASKS)
  const bids = text.indexOf(BIDS, asks)
  const confirmed = text.indexOf(CONFIRMED, bids)
  const sequence = text.indexOf(SEQUENCE, confirmed)
  assert(asks > 0 && bids > asks && confirmed > bids && sequence > confirmed, 'a book frame is a snapshot')
  return {
    sequence: Number.parseInt(text.slice(sequence + SEQUENCE.length, sequence + SEQUENCE.length + 20), 10),
    asks: levelsOf(text.slice(asks + ASKS.length, bids)),
    bids: levelsOf(text.slice(bids + BIDS.length, confirmed)),
  }
}

function levelsOf(text: string): TextLevel[] {
  const levels: TextLevel[] = []
  if (text === '') return levels
  // Split at quotes: [punctuation, `amount`, punctuation, text, punctuation, `price`, punctuation, text], repeated.
  const parts = text.split('"')
  assert(parts.length % 8 === 1 && parts[1] === 'amount' && parts[5] === 'price', 'a level is an amount and a price')
  for (let index = 0; index + 7 < parts.length; index += 8) {
    levels.push({ amount: parts[index + 3]!, price: parts[index + 7]! })
  }
  return levels
}
