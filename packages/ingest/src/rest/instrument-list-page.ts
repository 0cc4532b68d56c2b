// One page of a venue's list of instruments, reduced to the requested symbols: it may list thousands of others.

import { productById } from '@tradelane/venues/registry'
import type { ListedInstrument } from '@tradelane/venues/venue'

export interface InstrumentListPageTask {
  readonly productId: string
  /** As the venue sent it, UTF-8. */
  readonly body: Uint8Array
  readonly symbols: ReadonlySet<string>
}

export interface InstrumentListPage {
  /** Of the requested symbols. */
  readonly listed: readonly ListedInstrument[]
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
  return { listed: listed.filter(({ symbol }) => symbols.has(symbol)), entryCount: listed.length, nextCursor }
}
