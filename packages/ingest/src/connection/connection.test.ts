import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { BINANCE_TRADES, BYBIT_BOOKS, BYBIT_TRADES, frameCount, opened, settled } from '../test/connection-fixture.js'
import { until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedPeer } from '../test/scripted-venue.js'
import { BYBIT_BTC } from '../test/test-lanes.js'
import { aggTrade, bybitBook, hostileFrames, publicTrade } from '../test/venue-frames.js'

test('it opens the path of its plan, subscribes its subscriptions, and is up when they are acknowledged', async () => {
  const { fixture, connection, peer } = await settled(BINANCE_TRADES, binanceAck)
  assert.equal(peer.path, '/market/stream')
  assert.deepEqual(JSON.parse(peer.texts[0] ?? '').params, ['btcusdt@aggTrade', 'ethusdt@aggTrade'])
  assert.deepEqual(fixture.events, ['up', 'settled'])
  assert.ok(connection.isUp && connection.isSettled && !connection.hasData)
  assert.equal(fixture.lanes.count('connects'), 1)
})

test('data before the acknowledgement makes it up, but not settled', async () => {
  const { fixture, connection, peer } = await opened(BYBIT_BOOKS, () => null)
  await until('the request came', () => peer.texts.length === 1)
  peer.send(bybitBook(1))
  await until('the frame came', () => frameCount(fixture) === 1)
  assert.equal(fixture.events[0], 'up')
  assert.ok(!connection.isSettled)
  peer.send(bybitAck(peer.texts[0] as string) as string)
  await until('it is settled', () => connection.isSettled)
  assert.deepEqual(fixture.events.slice(2), ['settled'])
})

test('unsolicited frames do not make it up: of another feed, of an unknown symbol', async () => {
  const { fixture, peer } = await opened(BYBIT_BOOKS, () => null)
  await until('the request came', () => peer.texts.length === 1)
  peer.send(publicTrade('a'))
  peer.send(bybitBook(1, 'XRPUSDT'))
  await until('both came', () => fixture.lanes.count('framesUnexpected') === 2)
  assert.deepEqual(fixture.events, [])
})

test('frames in another form are delivered like others, counted, and logged once', async () => {
  const pretty = (frame: string): string => JSON.stringify(JSON.parse(frame), null, 2)
  const { fixture, peer } = await settled(BYBIT_TRADES, text => pretty(bybitAck(text) as string))
  peer.send(publicTrade('a'))
  peer.send(pretty(publicTrade('b')))
  peer.send(pretty(publicTrade('c')).replaceAll('BTCUSDT', '\\u0042TCUSDT'))
  peer.send(pretty(publicTrade('d', 'XRPUSDT')))
  await until('all came', () => fixture.lanes.count('framesReceived') === 5)
  assert.equal(frameCount(fixture), 3)
  assert.equal(fixture.lanes.count('framesUnusual'), 2, 'answers are always parsed')
  assert.equal(fixture.lanes.count('framesUnexpected'), 1)
  assert.equal(fixture.log.lines.filter(({ message }) => /another form than usual/.test(message)).length, 1)
})

test('a topic that the venue refuses is left out with a warning, and the others work', async () => {
  const { fixture, peer } = await settled(BYBIT_TRADES, text => {
    const { req_id: id, args } = JSON.parse(text)
    if (!args.includes('publicTrade.ETHUSDT')) return bybitAck(text)
    const reason = 'error:handler not found,topic:publicTrade.ETHUSDT'
    return JSON.stringify({ success: false, ret_msg: reason, conn_id: 'c', req_id: id, op: 'subscribe' })
  })
  assert.deepEqual(
    peer.texts.map(text => JSON.parse(text).args),
    [['publicTrade.BTCUSDT', 'publicTrade.ETHUSDT'], ['publicTrade.BTCUSDT']],
  )
  peer.send(publicTrade('a'))
  await until('the trade came', () => frameCount(fixture) === 1)
  assert.ok(fixture.log.has(/subscription refused.*ETHUSDT/))
  assert.ok(fixture.log.has(/the venue changed.*ETHUSDT.*refuses a subscription/))
  assert.equal(fixture.lanes.count('rejections'), 1)
  assert.equal(fixture.ended, undefined)
})

test('a venue that refuses everything ends it as rejected', async () => {
  const { fixture, connection } = await opened(BYBIT_TRADES, text => {
    const { req_id: id } = JSON.parse(text)
    return JSON.stringify({
      success: false,
      ret_msg: 'error:handler not found',
      conn_id: 'c',
      req_id: id,
      op: 'subscribe',
    })
  })
  await until('it ended', () => fixture.ended !== undefined)
  assert.match(fixture.ended ?? '', /refuses every subscription/)
  assert.equal(fixture.reason, StatusReason.refused)
  assert.ok(!connection.isUp)
})

test('a book is subscribed again on its own connection', async () => {
  const { connection, peer } = await settled(BYBIT_BOOKS, bybitAck)
  connection.resubscribe({ kind: Kind.orderBookL2, instrument: BYBIT_BTC })
  await until('both requests came', () => peer.texts.length === 3)
  assert.deepEqual(
    peer.texts.slice(1).map(text => [JSON.parse(text).op, JSON.parse(text).args]),
    [
      ['unsubscribe', ['orderbook.200.BTCUSDT']],
      ['subscribe', ['orderbook.200.BTCUSDT']],
    ],
  )
})

test('a book that the venue refuses to subscribe again is left out, and the others work', async () => {
  const refusal = 'error:handler not found,topic:orderbook.200.BTCUSDT'
  const { fixture, connection, peer } = await settled(BYBIT_BOOKS, text => {
    const { req_id: id, op, args } = JSON.parse(text)
    if (op !== 'subscribe' || args.length > 1) return bybitAck(text)
    return JSON.stringify({ success: false, ret_msg: refusal, conn_id: 'c', req_id: id, op })
  })
  connection.resubscribe({ kind: Kind.orderBookL2, instrument: BYBIT_BTC })
  await until('it was refused', () => fixture.lanes.count('rejections') === 1)
  peer.send(bybitBook(1, 'ETHUSDT'))
  await until('the other came', () => frameCount(fixture) === 1)
  assert.deepEqual(
    [...connection.refused].map(({ instrument }) => instrument),
    [BYBIT_BTC],
  )
  assert.equal(fixture.ended, undefined)
})

test('the notice of a shutdown is reported', async () => {
  const { fixture, peer } = await settled(BINANCE_TRADES, binanceAck)
  peer.send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_770_000_000_000 } })
  await until('it came', () => fixture.has('closing soon'))
})

test('a cut and a close frame end it as disconnected', async () => {
  for (const end of [(peer: ScriptedPeer) => peer.cut(), (peer: ScriptedPeer) => peer.close(1001, 'bye')]) {
    const { fixture, peer } = await settled(BINANCE_TRADES, binanceAck)
    end(peer)
    await until('it ended', () => fixture.ended !== undefined)
    assert.equal(fixture.reason, StatusReason.disconnected)
  }
})

test('what the venue had sent before it cut is still delivered', async () => {
  const { fixture, peer } = await settled(BINANCE_TRADES, binanceAck)
  for (let id = 1; id <= 500; id += 1) peer.send(aggTrade(id))
  peer.close(1000)
  await until('it ended', () => fixture.ended !== undefined)
  assert.equal(frameCount(fixture), 500)
})

test('nothing is delivered after we ended it, although the library has read it already', async () => {
  const { fixture, connection, peer } = await settled(BINANCE_TRADES, binanceAck)
  let count = 0
  fixture.onFrame = () => {
    count += 1
    if (count === 3) connection.end('enough')
  }
  for (let id = 1; id <= 500; id += 1) peer.send(aggTrade(id))
  await until('it ended', () => fixture.ended !== undefined)
  assert.equal(count, 3)
})

for (const [name, wanted, ack] of [
  ['Binance', BINANCE_TRADES, binanceAck],
  ['Bybit', BYBIT_TRADES, bybitAck],
] as const) {
  test(`${name}: hostile frames are counted and never thrown, and trades between them come through`, async () => {
    const { fixture, peer } = await settled(wanted, ack)
    const trade = name === 'Binance' ? aggTrade(1) : publicTrade('a')
    const hostile = hostileFrames()
    for (const frame of hostile) {
      peer.send(frame)
      peer.send(trade)
    }
    peer.sendBinary(Buffer.from([1, 2, 3]))
    peer.send(trade)
    const trades = (): number => fixture.events.filter(event => event.startsWith(`frame ${trade.slice(0, 20)}`)).length
    await until('every trade came', () => trades() >= hostile.length + 1)
    assert.equal(fixture.ended, undefined)
    assert.equal(fixture.lanes.count('framesReceived'), 2 * hostile.length + 2, 'the acknowledgement, too')
    assert.ok(fixture.lanes.count('framesMalformed') > 10)
    const lines = fixture.log.lines.filter(({ message }) => /malformed frame/.test(message))
    assert.equal(lines.length, 1, 'logged once per interval')
  })
}
