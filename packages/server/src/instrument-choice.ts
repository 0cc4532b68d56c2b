// One entry of INSTRUMENTS: a pair on every product, or on one.

import { PRODUCTS } from '@tradelane/venues/registry'
import { Refusal } from './setting-types.js'

export interface InstrumentChoice {
  /** Null: on every product. */
  readonly productId: string | null
  readonly base: string
  readonly quote: string
}

/** Letters and digits of any script. */
const INSTRUMENT = /^(?:([a-z-]+):)?([\p{L}\p{M}\p{N}]{1,20})-([\p{L}\p{M}\p{N}]{1,10})$/u
/** Of base and quote together, in UTF-8: with longer ones a trade might not fit its slot of the trade log. */
const NAME_BYTES_MAX = 36
/** As venues write the day of delivery: `-26MAR27`, `_270326`, `-270326`. */
const DATED = /[-_](?:\d{6}|\d{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\d{2})$/i
export const PRODUCT_IDS = PRODUCTS.map(product => product.id)

export function readInstrument(entry: string): InstrumentChoice | Refusal | null {
  if (DATED.test(entry)) return new Refusal(`"${entry}" is a dated contract, which cannot be carried`)
  const name = entry.normalize('NFC').toLowerCase()
  const [, productId = null, base = '', quote = ''] = INSTRUMENT.exec(name) ?? []
  if (base === '' || (productId !== null && !PRODUCT_IDS.includes(productId))) return null
  // Venues spell symbols in upper case, which has to mean the same name.
  if (name.toUpperCase().toLowerCase() !== name || Buffer.byteLength(base + quote) > NAME_BYTES_MAX) return null
  return { productId, base, quote }
}
