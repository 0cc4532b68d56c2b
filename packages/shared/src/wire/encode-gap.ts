// The record of an upstream gap: trades or liquidations that the venue published and ingest did not receive. It is a record of
// the trade log like a trade, with a sequence of its own, so that every client reads it at its place in the order. Rare, not
// on the hot path.

import type { UpstreamGap } from '../market/market-events.js'
import { asciiJson } from './ascii-json.js'
import type { InstrumentWire } from './instrument-wire.js'
import { packTransient } from './msgpack.js'
import { isoUs } from './timestamps.js'

export function encodeUpstreamGap(gap: UpstreamGap, wire: InstrumentWire, sequence: number, stream: string): string {
  return asciiJson(gapFrame(gap, wire, sequence, stream))
}

/** Valid until the next pack of this thread. */
export function packUpstreamGap(gap: UpstreamGap, wire: InstrumentWire, sequence: number, stream: string): Uint8Array {
  return packTransient(gapFrame(gap, wire, sequence, stream))
}

function gapFrame(gap: UpstreamGap, wire: InstrumentWire, sequence: number, stream: string): object {
  return {
    type: 'gap',
    lane: 'trades',
    reason: 'upstream',
    stream,
    seq: sequence,
    from: null,
    to: null,
    missed: gap.missed,
    exchange: wire.exchange,
    instrument: wire.wireInstrument,
    last_id: gap.lastId,
    first_id: gap.firstId,
    from_time: gap.fromUs === null ? null : isoUs(gap.fromUs),
    to_time: gap.toUs === null ? null : isoUs(gap.toUs),
  }
}
