// Trades and liquidations as clients read them, JSON and MessagePack. Runs in ingest, once per event, whatever the number of
// clients; the trade log carries both forms. `receivedUs` is the event's stamp as wall time: the publisher converts it once for
// both forms. This is the hot path of trades: template strings, and one reused object.

import type { LiquidationEvent, TradeEvent } from '../market/market-events.js'
import type { WallUs } from '../market/nouns.js'
import { AsciiText } from './ascii-json.js'
import { numberLiteral } from './decimal.js'
import type { InstrumentWire, WireInstrument } from './instrument-wire.js'
import { packTransient } from './msgpack.js'
import { isoMs, isoUs, writeIsoMs, writeIsoUs } from './timestamps.js'

export function encodeTrade(trade: TradeEvent, wire: InstrumentWire, sequence: number, receivedUs: WallUs): string {
  writeTrade(trade, wire, sequence, receivedUs)
  return frameText.toString()
}

/** Valid until the next trade of this thread. */
export function writeTrade(trade: TradeEvent, wire: InstrumentWire, sequence: number, receivedUs: WallUs): Uint8Array {
  const text = frameText.clear().text('{"time_exchange":"')
  writeIsoMs(text, trade.venueUs).text('","time_received":"')
  writeIsoUs(text, receivedUs)
    .text(wire.trade)
    .text('{"amount":')
    .text(numberLiteral(trade.amount))
    .text(',"amount_base":')
    .text(numberLiteral(trade.amountBase))
    .text(',"id":"')
    .text(trade.id)
    .text('","price":')
    .text(numberLiteral(trade.price))
    .text(',"side":"')
    .text(trade.side)
    .text('"},"seq":')
    .integer(sequence)
    .text('}')
  return text.view()
}

/** Valid until the next pack of this thread. */
export function packTrade(trade: TradeEvent, wire: InstrumentWire, sequence: number, receivedUs: WallUs): Uint8Array {
  const frame = tradeFrame
  frame.time_exchange = isoMs(trade.venueUs)
  frame.time_received = isoUs(receivedUs)
  frame.exchange = wire.exchange
  frame.instrument = wire.wireInstrument
  frame.data.amount = Number(trade.amount)
  frame.data.amount_base = Number(trade.amountBase)
  frame.data.id = trade.id
  frame.data.price = Number(trade.price)
  frame.data.side = trade.side
  frame.seq = sequence
  return packTransient(frame)
}

export function encodeLiquidation(
  liquidation: LiquidationEvent,
  wire: InstrumentWire,
  sequence: number,
  receivedUs: WallUs,
): string {
  const time = isoMs(liquidation.venueUs)
  const average = liquidation.priceAverage === null ? 'null' : numberLiteral(liquidation.priceAverage)
  return `{"time_exchange":"${time}","time_received":"${isoUs(receivedUs)}${wire.liquidation}{"order_side":"${liquidation.orderSide}","position_side":"${liquidation.positionSide}","price":${numberLiteral(liquidation.price)},"price_average":${average},"quantity":${numberLiteral(liquidation.quantity)},"quantity_base":${numberLiteral(liquidation.quantityBase)},"side":"${liquidation.legacySide}","time":"${time}"},"seq":${sequence}}`
}

/** Valid until the next pack of this thread. */
export function packLiquidation(
  liquidation: LiquidationEvent,
  wire: InstrumentWire,
  sequence: number,
  receivedUs: WallUs,
): Uint8Array {
  const time = isoMs(liquidation.venueUs)
  return packTransient({
    time_exchange: time,
    time_received: isoUs(receivedUs),
    exchange: wire.exchange,
    instrument: wire.wireInstrument,
    kind: 'liquidation',
    data: {
      order_side: liquidation.orderSide,
      position_side: liquidation.positionSide,
      price: Number(liquidation.price),
      price_average: liquidation.priceAverage === null ? null : Number(liquidation.priceAverage),
      quantity: Number(liquidation.quantity),
      quantity_base: Number(liquidation.quantityBase),
      side: liquidation.legacySide,
      time,
    },
    seq: sequence,
  })
}

const frameText = new AsciiText()
const NO_INSTRUMENT: WireInstrument = { base: '', quote: '', kind: '' }

const tradeFrame = {
  time_exchange: '',
  time_received: '',
  exchange: '',
  instrument: NO_INSTRUMENT,
  kind: 'trade',
  data: { amount: 0, amount_base: 0, id: '', price: 0, side: '' },
  seq: 0,
}
