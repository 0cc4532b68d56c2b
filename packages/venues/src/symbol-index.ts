// Finds an instrument by the bytes of its symbol, for classification and decoding: a hash of the bytes, open addressing, and a
// comparison of the bytes. No string is made. Built once per product and thread.

import assert from 'node:assert/strict'
import type { Instrument } from '@tradelane/shared/market/nouns'
import type { SymbolIndex } from './venue.js'

/** The instruments of one product: a symbol may exist on several products of a venue. */
export function newSymbolIndex(instruments: readonly Instrument[]): SymbolIndex {
  return new HashedSymbols(instruments)
}

class HashedSymbols implements SymbolIndex {
  readonly #mask: number
  readonly #slots: ({ readonly symbol: Buffer; readonly instrument: Instrument } | undefined)[]
  readonly #bySymbol = new Map<string, Instrument>()

  constructor(instruments: readonly Instrument[]) {
    let slotCount = SLOTS_MIN
    while (slotCount < instruments.length * 8) slotCount *= 2
    this.#mask = slotCount - 1
    this.#slots = new Array(slotCount).fill(undefined)
    for (const instrument of instruments) this.#insert(instrument)
    assert(this.#bySymbol.size < slotCount, 'a search ends at an empty slot')
  }

  at(frame: Buffer, start: number, end: number): Instrument | undefined {
    for (let slot = hashOf(frame, start, end) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]
      if (entry === undefined) return undefined
      if (isSame(entry.symbol, frame, start, end)) return entry.instrument
    }
  }

  of(symbol: string): Instrument | undefined {
    return this.#bySymbol.get(symbol)
  }

  #insert(instrument: Instrument): void {
    if (this.#bySymbol.has(instrument.symbol))
      throw new Error(`duplicate symbol "${instrument.symbol}"; expected each once per product`)
    // A venue may spell symbols in lower case in the names of its streams.
    for (const spelling of new Set([instrument.symbol, instrument.symbol.toLowerCase()])) {
      this.#bySymbol.set(spelling, instrument)
      this.#insertBytes(Buffer.from(spelling, 'utf8'), instrument)
    }
  }

  #insertBytes(symbol: Buffer, instrument: Instrument): void {
    let slot = hashOf(symbol, 0, symbol.length) & this.#mask
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & this.#mask
    this.#slots[slot] = { symbol, instrument }
  }
}

const SLOTS_MIN = 16
/** Only so much of a symbol is hashed; no instrument has a longer one. */
const SYMBOL_BYTES_MAX = 64

/** FNV-1a. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5
  const last = Math.min(end, start + SYMBOL_BYTES_MAX)
  for (let offset = start; offset < last; offset += 1) hash = Math.imul(hash ^ (bytes[offset] ?? 0), 0x01000193)
  return hash ^ (hash >>> 15)
}

function isSame(symbol: Buffer, frame: Buffer, start: number, end: number): boolean {
  if (symbol.length !== end - start) return false
  for (let offset = 0; offset < symbol.length; offset += 1) if (symbol[offset] !== frame[start + offset]) return false
  return true
}
