// The newest-wins state that ingest publishes on the state board: best bid and ask, open interest, cumulative volume delta. JSON
// and MessagePack, each made once per publication. `receivedUs` is the event's stamp as wall time: the publisher converts it once
// for both forms. The board's writer is next.

import type { CumulativeVolumeDelta, OpenInterestEvent, TopEvent } from '../market/market-events.js'
import type { Decimal, WallUs } from '../market/nouns.js'
import { AsciiText } from './ascii-json.js'
import { numberLiteral } from './decimal.js'
import type { InstrumentWire } from './instrument-wire.js'
import { packTransient } from './msgpack.js'
import { isoMs, isoUs, writeIsoMs, writeIsoUs } from './timestamps.js'

const frameText = new AsciiText()

export function encodeTop(top: TopEvent, wire: InstrumentWire, receivedUs: WallUs): string {
  writeTop(top, wire, receivedUs)
  return frameText.toString()
}

/** Valid until the next top or total of this thread. */
export function writeTop(top: TopEvent, wire: InstrumentWire, receivedUs: WallUs): Uint8Array {
  const venueUs = Number.isNaN(top.venueUs) ? receivedUs : top.venueUs
  const text = frameText.clear().text('{"time_exchange":"')
  writeIsoMs(text, venueUs).text('","time_received":"')
  writeIsoUs(text, receivedUs).text(wire.top).text('{"best_ask":')
  writeLevel(text, top.askPrice, top.askAmount).text(',"best_bid":')
  writeLevel(text, top.bidPrice, top.bidAmount).text(',"last_update_time":"')
  return writeIsoMs(text, venueUs).text('"}}').view()
}

/** Valid until the next pack of this thread; so are the others. */
export function packTop(top: TopEvent, wire: InstrumentWire, receivedUs: WallUs): Uint8Array {
  const time = isoMs(Number.isNaN(top.venueUs) ? receivedUs : top.venueUs)
  return packTransient({
    time_exchange: time,
    time_received: isoUs(receivedUs),
    exchange: wire.exchange,
    instrument: wire.wireInstrument,
    kind: 'order_book_l1',
    data: {
      best_ask: level(top.askPrice, top.askAmount),
      best_bid: level(top.bidPrice, top.bidAmount),
      last_update_time: time,
    },
  })
}

export function encodeOpenInterest(event: OpenInterestEvent, wire: InstrumentWire, receivedUs: WallUs): string {
  const time = event.time === null ? 'null' : `"${isoMs(event.time)}"`
  return `{"time_exchange":"${isoMs(event.venueUs)}","time_received":"${isoUs(receivedUs)}${wire.openInterest}{"contracts":${numberLiteral(event.contracts)},"contracts_base":${numberLiteral(event.contractsBase)},"notional":${numberOrNull(event.notional)},"notional_usd":${numberOrNull(event.notionalUsd)},"time":${time}}}`
}

export function packOpenInterest(event: OpenInterestEvent, wire: InstrumentWire, receivedUs: WallUs): Uint8Array {
  return packTransient({
    time_exchange: isoMs(event.venueUs),
    time_received: isoUs(receivedUs),
    exchange: wire.exchange,
    instrument: wire.wireInstrument,
    kind: 'open_interest',
    data: {
      contracts: Number(event.contracts),
      contracts_base: Number(event.contractsBase),
      notional: event.notional === null ? null : Number(event.notional),
      notional_usd: event.notionalUsd === null ? null : Number(event.notionalUsd),
      time: event.time === null ? null : isoMs(event.time),
    },
  })
}

export function encodeCumulativeVolumeDelta(
  delta: CumulativeVolumeDelta,
  wire: InstrumentWire,
  receivedUs: WallUs,
): string {
  writeCumulativeVolumeDelta(delta, wire, receivedUs)
  return frameText.toString()
}

/** Valid until the next top or total of this thread. */
export function writeCumulativeVolumeDelta(
  delta: CumulativeVolumeDelta,
  wire: InstrumentWire,
  receivedUs: WallUs,
): Uint8Array {
  const text = frameText.clear().text('{"time_exchange":"')
  writeIsoMs(text, delta.venueUs).text('","time_received":"')
  writeIsoUs(text, receivedUs)
    .text(wire.cumulativeVolumeDelta)
    .text(delta.isComplete ? '{"complete":true,"delta_base":' : '{"complete":false,"delta_base":')
    .text(String(finite(delta.deltaBase)))
    .text(',"delta_quote":')
    .text(String(finite(delta.deltaQuote)))
    .text(',"since":"')
  return writeIsoUs(text, delta.sinceUs).text('"}}').view()
}

export function packCumulativeVolumeDelta(
  delta: CumulativeVolumeDelta,
  wire: InstrumentWire,
  receivedUs: WallUs,
): Uint8Array {
  return packTransient({
    time_exchange: isoMs(delta.venueUs),
    time_received: isoUs(receivedUs),
    exchange: wire.exchange,
    instrument: wire.wireInstrument,
    kind: 'cumulative_volume_delta',
    data: {
      complete: delta.isComplete,
      delta_base: finite(delta.deltaBase),
      delta_quote: finite(delta.deltaQuote),
      since: isoUs(delta.sinceUs),
    },
  })
}

function writeLevel(text: AsciiText, price: Decimal | null, amount: Decimal | null): AsciiText {
  if (price === null || amount === null) return text.text('null')
  return text.text('{"amount":"').text(amount).text('","price":"').text(price).text('"}')
}

function level(price: Decimal | null, amount: Decimal | null): { amount: string; price: string } | null {
  return price === null || amount === null ? null : { amount, price }
}

function numberOrNull(text: Decimal | null): string {
  return text === null ? 'null' : numberLiteral(text)
}

/** A total that overflowed would print as `Infinity`, which is not JSON, and a minus zero as `0` in one form only. */
function finite(value: number): number {
  return Number.isFinite(value) && value !== 0 ? value : 0
}
