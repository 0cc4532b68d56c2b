// Trades and liquidations as clients read them, JSON and MessagePack. Runs in ingest, once per event, whatever the number of
// clients; the trade log carries both forms. `receivedUs` is the event's stamp as wall time: the publisher converts it once for
// both forms. This is the hot path of trades: template strings, and one reused object.

import type { LiquidationEvent, TradeEvent } from '../market/market-events.js'
import type { WallUs } from '../market/nouns.js'
import { AsciiText } from './ascii-json.js'
import { numberLiteral } from './decimal.js'
import type { InstrumentWire } from './instrument-wire.js'
import { packedMembers, packTransient, writePackedNumber, writePackedText } from './msgpack.js'
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

/** Valid until the next trade of this thread is packed. Written in place: it is made for every trade, whether a client wants it or not. */
export function packTrade(trade: TradeEvent, wire: InstrumentWire, sequence: number, receivedUs: WallUs): Uint8Array {
  const packed = packedText.clear().text(PACKED.time)
  writeIsoMs(packed, trade.venueUs).text(PACKED.received)
  writeIsoUs(packed, receivedUs).text(wire.packedTrade).text(PACKED.amount)
  writePackedNumber(packed, Number(trade.amount)).text(PACKED.amountBase)
  writePackedNumber(packed, Number(trade.amountBase)).text(PACKED.id)
  writePackedText(packed, trade.id).text(PACKED.price)
  writePackedNumber(packed, Number(trade.price)).text(trade.side === 'Buy' ? PACKED.buy : PACKED.sell)
  return writePackedNumber(packed, sequence).view()
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
const packedText = new AsciiText()

/** What is between the values of a packed trade: headers of maps, keys, and the headers of texts whose length is known. */
const PACKED = {
  time: `\x87${keyOf('time_exchange')}\xb8`,
  received: `${keyOf('time_received')}\xbb`,
  amount: `${keyOf('data')}\x85${keyOf('amount')}`,
  amountBase: keyOf('amount_base'),
  id: keyOf('id'),
  price: keyOf('price'),
  buy: `${packedMembers({ side: 'Buy' })}${keyOf('seq')}`,
  sell: `${packedMembers({ side: 'Sell' })}${keyOf('seq')}`,
}

function keyOf(name: string): string {
  return packedMembers({ [name]: 0 }).slice(0, -1)
}
