// One page of a venue's list of instruments, reduced to the requested symbols: it may list thousands of others.

import { productById } from '@tradelane/venues/registry'
import type { ListedInstrument } from '@tradelane/venues/rest-protocol'

export interface InstrumentListPageTask {
  readonly productId: string
  /** As the venue sent it, UTF-8. */
  readonly body: Uint8Array
  readonly symbols: ReadonlySet<string>
}

export interface InstrumentListPage {
  /** Of the requested symbols. */
  readonly listed: readonly ListedInstrument[]
  /** Some of the symbols that the page lists, for a message about one that it does not: those that begin like it, if any. */
  readonly examples: readonly string[]
  /** Entries of the page in all. */
  readonly entryCount: number
  readonly nextCursor: string | null
}

/** Throws when the page is not as the venue documents it. */
export function readInstrumentListPage({ productId, body, symbols }: InstrumentListPageTask): InstrumentListPage {
  const product = productById(productId)
  if (product === undefined) throw new Error(`no venue has the product ${productId}`)
  const { buffer, byteOffset, byteLength } = body
  const { listed, nextCursor } = product.instruments.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'))
  const found = listed.filter(({ symbol }) => symbols.has(symbol))
  return { listed: found, examples: examplesOf(listed, symbols, found), entryCount: listed.length, nextCursor }
}

const EXAMPLES_MAX = 3
const BEGINNING_LENGTH = 3

function examplesOf(
  listed: readonly ListedInstrument[],
  symbols: ReadonlySet<string>,
  found: readonly ListedInstrument[],
): readonly string[] {
  const missing = new Set(symbols)
  for (const { symbol } of found) missing.delete(symbol)
  if (missing.size === 0) return []
  const beginnings = new Set([...missing].map(symbol => symbol.slice(0, BEGINNING_LENGTH)))
  const isSimilar = ({ symbol }: ListedInstrument): boolean => beginnings.has(symbol.slice(0, BEGINNING_LENGTH))
  const trading = listed.filter(({ isTrading }) => isTrading)
  const similar = trading.filter(isSimilar)
  return (similar.length > 0 ? similar : trading).slice(0, EXAMPLES_MAX).map(({ symbol }) => symbol)
}
