import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { type InstrumentId, Kind } from '@tradelane/shared/market/nouns'
import { RecordedLog, until } from '../test/recorded-log.js'
import { bybitAck, type RestScript, ScriptedVenue } from '../test/scripted-venue.js'
import { contextOf } from '../test/test-context.js'
import { bybitRest, peerOf } from '../test/test-ingest.js'
import { BYBIT, BYBIT_BTC, BYBIT_ETH, TestLanes } from '../test/test-lanes.js'
import { bybitLinear, okxSwap } from '../test/test-products.js'
import { bybitBook } from '../test/venue-frames.js'
import { ProductSession } from './product-session.js'

test('an instrument that its venue no longer lists loses its book, though the venue only stops sending', async () => {
  const venue = await ScriptedVenue.open()
  venue.rest = bybitRest(['BTCUSDT', 'ETHUSDT'])
  venue.onPeer = peer => {
    peer.answer = bybitAck
  }
  const lanes = new TestLanes()
  const log = new RecordedLog()
  const session = new ProductSession(contextOf(lanes, log), {
    product: bybitLinear,
    index: BYBIT,
    endpoints: { ws: venue.ws, rest: venue.httpUrl },
    subscriptions: [BYBIT_BTC, BYBIT_ETH].map(instrument => ({ kind: Kind.orderBookL2, instrument })),
    sizeUnits: 'venue',
    venueSettings: {},
    listRefreshMs: 100,
  })
  const records = depthRecords(lanes)
  try {
    await session.start()
    const peer = await peerOf(venue, 'orderbook.200.ETHUSDT')
    peer.send(bybitBook(7, 'ETHUSDT'))
    peer.send(bybitBook(7, 'BTCUSDT'))
    await until('both books came', () => records().filter(text => text.startsWith('stream')).length === 2)
    venue.rest = bybitRest(['BTCUSDT'])
    await until('one was withdrawn', () => records().includes(`linkDown ${BYBIT_ETH.id}`))
    assert.ok(!records().includes(`linkDown ${BYBIT_BTC.id}`))
    const warnings = log.lines.map(({ message, fields }) => `${message}: ${fields['subject']}`)
    assert.deepEqual(warnings, [
      'the venue changed: bybit-linear ETHUSDT',
      'instrument not listed, awaited: bybit-linear ETHUSDT',
    ])
    // The list is read again and again: it is withdrawn once.
    const requestCount = venue.requests.length
    await until('the list was read twice more', () => venue.requests.length >= requestCount + 2)
    assert.equal(records().filter(text => text.startsWith('linkDown')).length, 1)
  } finally {
    session.close()
    await venue.close()
  }
})

test('a contract value that its venue no longer states is kept for what still comes', async () => {
  const venue = await ScriptedVenue.open()
  venue.rest = okxRest('0.01')
  venue.onPeer = peer => {
    peer.answer = text => (text === 'ping' ? 'pong' : JSON.stringify({ event: 'subscribe', id: JSON.parse(text).id }))
  }
  const lanes = new TestLanes()
  const log = new RecordedLog()
  const session = new ProductSession(contextOf(lanes, log), {
    product: okxSwap,
    index: BYBIT,
    endpoints: { ws: venue.ws, rest: venue.httpUrl },
    subscriptions: [{ kind: Kind.trade, instrument: { ...BYBIT_BTC, symbol: SWAP } }],
    sizeUnits: 'base',
    venueSettings: {},
    listRefreshMs: 50,
  })
  try {
    await session.start()
    const peer = await venue.peerCount(1)
    await until('it was subscribed', () => peer.texts.length > 0)
    venue.rest = okxRest('0')
    await until('it is not trading', () => log.has(/instrument not trading/))
    peer.send(okxTrade('7'))
    const amounts: unknown[] = []
    await until('the trade came', () => {
      amounts.push(...lanes.takeRecords().map(({ json }) => json.data.amount_base))
      return amounts.length > 0
    })
    assert.deepEqual(amounts, [0.02])
  } finally {
    session.close()
    await venue.close()
  }
})

const SWAP = 'BTC-USDT-SWAP'

function okxRest(ctVal: string): RestScript {
  const swap = { instId: SWAP, instType: 'SWAP', ctType: 'linear', ctVal, ctMult: '1', state: 'live' }
  return (_path, response) => response.end(JSON.stringify({ code: '0', data: [swap] }))
}

function okxTrade(tradeId: string): string {
  const trade = { instId: SWAP, tradeId, px: '100.5', sz: '2', side: 'buy', ts: '1790000000000', count: '1' }
  return JSON.stringify({ arg: { channel: 'trades', instId: SWAP }, data: [trade] })
}

/** Every record of the shard's ring so far: `linkUp 3`, `stream 3`, … */
function depthRecords(lanes: TestLanes): () => readonly string[] {
  const ring = lanes.consumer()
  const records: string[] = []
  const names = Object.entries(DepthRecordKind)
  return () => {
    while (ring.read()) {
      const { kind, instrument } = ring.record
      records.push(`${names.find(([, value]) => value === kind)?.[0]} ${instrument as InstrumentId}`)
    }
    return records
  }
}
