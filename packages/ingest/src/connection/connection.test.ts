import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { ACK_MS_MAX, FIRST_FRAME_MS_MAX, TRADE_SILENCE_MS_MAX, WATCH_MS } from '../limits.js'
import { ConnectionFixture, type TestOptions } from '../test/connection-fixture.js'
import { until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedPeer, ScriptedVenue } from '../test/scripted-venue.js'
import { BYBIT_BTC, BYBIT_ETH } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear } from '../test/test-products.js'
import { aggTrade, bookTicker, bybitBook, depthUpdate, hostileFrames, publicTrade } from '../test/venue-frames.js'

type Wanted = Omit<TestOptions, 'endpoint'>
const BINANCE_TRADES: Wanted = { product: binanceFutures, feed: 'trade' }
const BYBIT_BOOKS: Wanted = { product: bybitLinear, feed: 'book', instruments: [BYBIT_BTC, BYBIT_ETH] }
const BYBIT_TRADES: Wanted = { product: bybitLinear, feed: 'trade', instruments: [BYBIT_BTC, BYBIT_ETH] }
/** Longer than until the next check of the watchdog. */
const LOOK_MS = WATCH_MS + 500

/** A venue of one connection, which is open when this returns. */
async function opened(wanted: Wanted, answer: (text: string) => string | null) {
  const venue = await ScriptedVenue.open()
  venue.onPeer = peer => {
    peer.answer = answer
  }
  const fixture = new ConnectionFixture({ ...wanted, endpoint: venue.ws })
  const connection = fixture.connect()
  after(async () => {
    connection.end('the test is over')
    await venue.close()
  })
  const peer = await venue.peerCount(1)
  return { venue, fixture, connection, peer }
}

async function settled(wanted: Wanted, answer: (text: string) => string | null) {
  const all = await opened(wanted, answer)
  await until('it is settled', () => all.fixture.has('settled'))
  return all
}

function frames(fixture: ConnectionFixture): number {
  return fixture.events.filter(event => event.startsWith('frame')).length
}

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
  await until('the frame came', () => frames(fixture) === 1)
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
  await until('both came', () => fixture.lanes.count('framesUnknown') === 2)
  assert.deepEqual(fixture.events, [])
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
  await until('the trade came', () => frames(fixture) === 1)
  assert.ok(fixture.log.has(/subscription refused.*ETHUSDT/))
  assert.equal(fixture.lanes.count('rejections'), 1)
  assert.equal(fixture.ended, undefined)
})

test('a venue that refuses everything ends it as rejected', async () => {
  const { fixture, connection } = await opened(BYBIT_TRADES, text => {
    const { req_id: id } = JSON.parse(text)
    return JSON.stringify({ success: false, ret_msg: 'error:no', conn_id: 'c', req_id: id, op: 'subscribe' })
  })
  await until('it ended', () => fixture.ended !== undefined)
  assert.match(fixture.ended ?? '', /refuses every subscription/)
  assert.equal(fixture.reason, StatusReason.rejected)
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
  assert.equal(frames(fixture), 500)
})

test('nothing is delivered after we ended it, though the library has it already', async () => {
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

describe('the watchdog', { concurrency: true }, () => {
  test('a half-open socket is ended after the silence that the venue allows', async () => {
    const { fixture, peer } = await settled(BYBIT_BOOKS, bybitAck)
    peer.send(bybitBook(1))
    await until('the book came', () => frames(fixture) === 1)
    peer.answer = () => null
    fixture.pass(bybitLinear.keepalive.silenceMs - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
    fixture.pass(3 * LOOK_MS)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /silent for/)
    assert.equal(fixture.reason, StatusReason.noFrames)
  })

  test('a subscription that is not acknowledged ends it', async () => {
    const { fixture } = await opened(BINANCE_TRADES, () => null)
    await until('it subscribed', () => fixture.lanes.count('connects') === 1)
    fixture.pass(ACK_MS_MAX)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /not acknowledged/)
    assert.deepEqual(fixture.events.slice(0, -1), [])
  })

  test('books that were acknowledged and stay silent end it: so does a venue asked on its wrong path', async () => {
    const { fixture } = await settled({ product: binanceFutures, feed: 'book' }, binanceAck)
    fixture.pass(FIRST_FRAME_MS_MAX)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /no frame came/)
  })

  test('one silent topic among others is logged, and the others go on', async () => {
    const { fixture, peer } = await settled({ product: binanceFutures, feed: 'book' }, binanceAck)
    peer.send(depthUpdate(1))
    await until('the frame came', () => frames(fixture) === 1)
    fixture.pass(FIRST_FRAME_MS_MAX)
    await until('it was logged', () => fixture.log.has(/no frame came.*ETHUSDT/))
    assert.ok(!fixture.log.has(/no frame came.*BTCUSDT/))
    peer.send(depthUpdate(2))
    await until('the next frame came', () => frames(fixture) === 2)
    assert.equal(fixture.ended, undefined)
  })

  test('a trade connection without any frame is ended; a ping of the venue is a frame', async () => {
    const { fixture, peer } = await settled(BINANCE_TRADES, binanceAck)
    fixture.pass(TRADE_SILENCE_MS_MAX - LOOK_MS)
    peer.ping()
    await sleep(50)
    fixture.pass(TRADE_SILENCE_MS_MAX - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
    fixture.pass(2 * LOOK_MS)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /no trade frame/)
  })

  test('a connection of liquidations alone may be silent for as long as the venue may', async () => {
    const { fixture } = await settled({ ...BINANCE_TRADES, kinds: [Kind.liquidation] }, binanceAck)
    fixture.pass(binanceFutures.keepalive.silenceMs - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
    fixture.pass(2 * LOOK_MS)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /silent for/)
  })

  test('a venue that requires keepalives gets them, and its answers keep the connection', async () => {
    const { fixture, peer } = await settled({ ...BYBIT_TRADES }, bybitAck)
    for (let round = 1; round <= 2; round += 1) {
      fixture.pass(20_000)
      const pings = (): number => peer.texts.filter(text => JSON.parse(text).op === 'ping').length
      await until('it pinged', () => pings() === round)
    }
    assert.equal(fixture.ended, undefined)
  })

  test('an opening that never finishes ends it', async () => {
    const venue = await ScriptedVenue.open()
    venue.upgrades = 'mute'
    const fixture = new ConnectionFixture({ ...BINANCE_TRADES, endpoint: venue.ws })
    fixture.connect()
    fixture.pass(60_000)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /did not open/)
    await venue.close()
  })

  test('tops keep a state connection alive', async () => {
    const { fixture, peer } = await settled({ product: binanceFutures, feed: 'state' }, binanceAck)
    fixture.pass(FIRST_FRAME_MS_MAX - LOOK_MS)
    peer.send(bookTicker(1))
    await until('it came', () => frames(fixture) === 1)
    fixture.pass(2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
  })
})
