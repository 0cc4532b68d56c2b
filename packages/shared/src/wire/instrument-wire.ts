// The parts of a frame that never change for an instrument, encoded once: the envelope after the two times. Every encoding
// thread makes its own table at start, from the instruments in its start message.

import { type Instrument, KIND_NAMES, Kind } from '../market/nouns.js'
import { asciiJson } from './ascii-json.js'
import { packedMembers } from './msgpack.js'

/** `instrument` of the envelope, in wire order. */
export interface WireInstrument {
  readonly base: string
  readonly quote: string
  readonly kind: string
}

/** Each text goes between the digits of `time_received` and the fields of `data`. */
export class InstrumentWire {
  readonly instrument: Instrument
  readonly exchange: string
  readonly wireInstrument: WireInstrument
  readonly trade: string
  /** Of the packed form: what is between `time_received` and the fields of `data`. */
  readonly packedTrade: string
  readonly liquidation: string
  readonly top: string
  readonly openInterest: string
  readonly cumulativeVolumeDelta: string
  readonly book: string

  constructor(instrument: Instrument) {
    this.instrument = instrument
    this.exchange = instrument.exchange
    this.wireInstrument = { base: instrument.base, quote: instrument.quote, kind: instrument.marketType }
    this.trade = envelopeText(this, Kind.trade)
    const { exchange, wireInstrument } = this
    this.packedTrade = packedMembers({ exchange, instrument: wireInstrument, kind: KIND_NAMES[Kind.trade] })
    this.liquidation = envelopeText(this, Kind.liquidation)
    this.top = envelopeText(this, Kind.orderBookL1)
    this.openInterest = envelopeText(this, Kind.openInterest)
    this.cumulativeVolumeDelta = envelopeText(this, Kind.cumulativeVolumeDelta)
    this.book = envelopeText(this, Kind.orderBookL2)
  }
}

/** By instrument id. */
export function wireTable(instruments: readonly Instrument[]): readonly InstrumentWire[] {
  const table: InstrumentWire[] = []
  for (const instrument of instruments) table[instrument.id] = new InstrumentWire(instrument)
  return table
}

function envelopeText(wire: InstrumentWire, kind: Kind): string {
  const exchange = JSON.stringify(wire.exchange)
  const instrument = asciiJson(wire.wireInstrument)
  return `","exchange":${exchange},"instrument":${instrument},"kind":"${KIND_NAMES[kind]}","data":`
}
