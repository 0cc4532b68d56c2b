import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { ACK_MS_MAX, FIRST_FRAME_MS_MAX, TRADE_SILENCE_MS_MAX, WATCH_MS } from '../limits.js'
import { ConnectionDesk, type TestOptions } from '../test/connection-fixture.js'
import { until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedLine, ScriptedVenue } from '../test/scripted-venue.js'
import { BYBIT_BTC, BYBIT_ETH } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear } from '../test/test-products.js'
import { aggTrade, bookTicker, bybitBook, depthUpdate, hostileFrames, publicTrade } from '../test/venue-frames.js'

type Wanted = Omit<TestOptions, 'endpoint'>
const BINANCE_TRADES: Wanted = { product: binanceFutures, feed: 'trade' }
const BYBIT_BOOKS: Wanted = { product: bybitLinear, feed: 'book', instruments: [BYBIT_BTC, BYBIT_ETH] }
const BYBIT_TRADES: Wanted = { product: bybitLinear, feed: 'trade', instruments: [BYBIT_BTC, BYBIT_ETH] }
/** Longer than until the next look of the watchdog. */
const LOOK_MS = WATCH_MS + 500

/** A venue of one connection, which is open when this returns. */
async function opened(wanted: Wanted, answer: (text: string) => string | null) {
  const venue = await ScriptedVenue.open()
  venue.onLine = line => {
    line.answer = answer
  }
  const desk = new ConnectionDesk({ ...wanted, endpoint: venue.ws })
  const connection = desk.connect()
  after(async () => {
    connection.end('the test is over')
    await venue.close()
  })
  const line = await venue.lineCount(1)
  return { venue, desk, connection, line }
}

async function settled(wanted: Wanted, answer: (text: string) => string | null) {
  const all = await opened(wanted, answer)
  await until('it is settled', () => all.desk.has('settled'))
  return all
}

function frames(desk: ConnectionDesk): number {
  return desk.events.filter(event => event.startsWith('frame')).length
}

test('it opens the path of its plan, asks for its streams, and is up when they are acknowledged', async () => {
  const { desk, connection, line } = await settled(BINANCE_TRADES, binanceAck)
  assert.equal(line.path, '/market/stream')
  assert.deepEqual(JSON.parse(line.texts[0] ?? '').params, ['btcusdt@aggTrade', 'ethusdt@aggTrade'])
  assert.deepEqual(desk.events, ['up', 'settled'])
  assert.ok(connection.isUp && connection.isSettled && !connection.hasData)
  assert.equal(desk.lanes.count('connects'), 1)
})

test('data before the acknowledgement makes it up, but not settled', async () => {
  const { desk, connection, line } = await opened(BYBIT_BOOKS, () => null)
  await until('the request came', () => line.texts.length === 1)
  line.send(bybitBook(1))
  await until('the frame came', () => frames(desk) === 1)
  assert.equal(desk.events[0], 'up')
  assert.ok(!connection.isSettled)
  line.send(bybitAck(line.texts[0] as string) as string)
  await until('it is settled', () => connection.isSettled)
  assert.deepEqual(desk.events.slice(2), ['settled'])
})

test('frames that nobody asked for here do not make it up: of another feed, of an unknown symbol', async () => {
  const { desk, line } = await opened(BYBIT_BOOKS, () => null)
  await until('the request came', () => line.texts.length === 1)
  line.send(publicTrade('a'))
  line.send(bybitBook(1, 'XRPUSDT'))
  await until('both came', () => desk.lanes.count('framesUnknown') === 2)
  assert.deepEqual(desk.events, [])
})

test('a topic that the venue refuses is left out with a warning, and its neighbours serve', async () => {
  const { desk, line } = await settled(BYBIT_TRADES, text => {
    const { req_id: id, args } = JSON.parse(text)
    if (!args.includes('publicTrade.ETHUSDT')) return bybitAck(text)
    const reason = 'error:handler not found,topic:publicTrade.ETHUSDT'
    return JSON.stringify({ success: false, ret_msg: reason, conn_id: 'c', req_id: id, op: 'subscribe' })
  })
  assert.deepEqual(
    line.texts.map(text => JSON.parse(text).args),
    [['publicTrade.BTCUSDT', 'publicTrade.ETHUSDT'], ['publicTrade.BTCUSDT']],
  )
  line.send(publicTrade('a'))
  await until('the trade came', () => frames(desk) === 1)
  assert.ok(desk.log.has(/refuses a subscription.*ETHUSDT/))
  assert.equal(desk.lanes.count('rejections'), 1)
  assert.equal(desk.ended, undefined)
})

test('a venue that refuses everything is left, and asked again by another connection', async () => {
  const { desk, connection } = await opened(BYBIT_TRADES, text => {
    const { req_id: id } = JSON.parse(text)
    return JSON.stringify({ success: false, ret_msg: 'error:no', conn_id: 'c', req_id: id, op: 'subscribe' })
  })
  await until('it ended', () => desk.ended !== undefined)
  assert.match(desk.ended ?? '', /refuses every subscription/)
  assert.equal(desk.reason, StatusReason.rejected)
  assert.ok(!connection.isUp)
})

test('a book is asked for anew on its own connection', async () => {
  const { connection, line } = await settled(BYBIT_BOOKS, bybitAck)
  connection.resubscribe({ kind: Kind.orderBookL2, instrument: BYBIT_BTC })
  await until('both requests came', () => line.texts.length === 3)
  assert.deepEqual(
    line.texts.slice(1).map(text => [JSON.parse(text).op, JSON.parse(text).args]),
    [
      ['unsubscribe', ['orderbook.200.BTCUSDT']],
      ['subscribe', ['orderbook.200.BTCUSDT']],
    ],
  )
})

test('the notice of a shutdown is passed on', async () => {
  const { desk, line } = await settled(BINANCE_TRADES, binanceAck)
  line.send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_770_000_000_000 } })
  await until('it came', () => desk.has('closing soon'))
})

test('a cut and a goodbye end it as disconnected', async () => {
  for (const end of [(line: ScriptedLine) => line.cut(), (line: ScriptedLine) => line.close(1001, 'bye')]) {
    const { desk, line } = await settled(BINANCE_TRADES, binanceAck)
    end(line)
    await until('it ended', () => desk.ended !== undefined)
    assert.equal(desk.reason, StatusReason.disconnected)
  }
})

test('what the venue had sent before it cut is still delivered', async () => {
  const { desk, line } = await settled(BINANCE_TRADES, binanceAck)
  for (let id = 1; id <= 500; id += 1) line.send(aggTrade(id))
  line.close(1000)
  await until('it ended', () => desk.ended !== undefined)
  assert.equal(frames(desk), 500)
})

test('nothing is delivered after we ended it, though the library has it in hand', async () => {
  const { desk, connection, line } = await settled(BINANCE_TRADES, binanceAck)
  let count = 0
  desk.onFrame = () => {
    count += 1
    if (count === 3) connection.end('enough')
  }
  for (let id = 1; id <= 500; id += 1) line.send(aggTrade(id))
  await until('it ended', () => desk.ended !== undefined)
  assert.equal(count, 3)
})

for (const [name, wanted, ack] of [
  ['Binance', BINANCE_TRADES, binanceAck],
  ['Bybit', BYBIT_TRADES, bybitAck],
] as const) {
  test(`${name}: hostile frames are counted and never thrown, and trades between them come through`, async () => {
    const { desk, line } = await settled(wanted, ack)
    const trade = name === 'Binance' ? aggTrade(1) : publicTrade('a')
    const hostile = hostileFrames()
    for (const frame of hostile) {
      line.send(frame)
      line.send(trade)
    }
    line.sendBinary(Buffer.from([1, 2, 3]))
    line.send(trade)
    const trades = (): number => desk.events.filter(event => event.startsWith(`frame ${trade.slice(0, 20)}`)).length
    await until('every trade came', () => trades() >= hostile.length + 1)
    assert.equal(desk.ended, undefined)
    assert.equal(desk.lanes.count('framesReceived'), 2 * hostile.length + 2, 'the acknowledgement, too')
    assert.ok(desk.lanes.count('framesMalformed') > 10)
    const lines = desk.log.lines.filter(({ message }) => /neither data nor an answer/.test(message))
    assert.equal(lines.length, 1, 'said once per interval')
  })
}

describe('the watchdog', { concurrency: true }, () => {
  test('a half-open socket is ended after the silence that the venue allows', async () => {
    const { desk, line } = await settled(BYBIT_BOOKS, bybitAck)
    line.send(bybitBook(1))
    await until('the book came', () => frames(desk) === 1)
    line.answer = () => null
    desk.pass(bybitLinear.keepalive.silenceMs - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(desk.ended, undefined)
    desk.pass(3 * LOOK_MS)
    await until('it ended', () => desk.ended !== undefined)
    assert.match(desk.ended ?? '', /silent for/)
    assert.equal(desk.reason, StatusReason.noFrames)
  })

  test('a subscription that is not acknowledged ends it', async () => {
    const { desk } = await opened(BINANCE_TRADES, () => null)
    await until('it asked', () => desk.lanes.count('connects') === 1)
    desk.pass(ACK_MS_MAX)
    await until('it ended', () => desk.ended !== undefined)
    assert.match(desk.ended ?? '', /not acknowledged/)
    assert.deepEqual(desk.events.slice(0, -1), [])
  })

  test('books that were acknowledged and stay silent end it: the wrong side of the venue looks like this', async () => {
    const { desk } = await settled({ product: binanceFutures, feed: 'book' }, binanceAck)
    desk.pass(FIRST_FRAME_MS_MAX)
    await until('it ended', () => desk.ended !== undefined)
    assert.match(desk.ended ?? '', /no frame came/)
  })

  test('one silent topic among others is told, and the others go on', async () => {
    const { desk, line } = await settled({ product: binanceFutures, feed: 'book' }, binanceAck)
    line.send(depthUpdate(1))
    await until('the frame came', () => frames(desk) === 1)
    desk.pass(FIRST_FRAME_MS_MAX)
    await until('it was told', () => desk.log.has(/nothing comes.*ETHUSDT/))
    assert.ok(!desk.log.has(/nothing comes.*BTCUSDT/))
    line.send(depthUpdate(2))
    await until('the next frame came', () => frames(desk) === 2)
    assert.equal(desk.ended, undefined)
  })

  test('a trade connection without any frame is ended; a ping of the venue is a frame', async () => {
    const { desk, line } = await settled(BINANCE_TRADES, binanceAck)
    desk.pass(TRADE_SILENCE_MS_MAX - LOOK_MS)
    line.ping()
    await sleep(50)
    desk.pass(TRADE_SILENCE_MS_MAX - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(desk.ended, undefined)
    desk.pass(2 * LOOK_MS)
    await until('it ended', () => desk.ended !== undefined)
    assert.match(desk.ended ?? '', /no trade frame/)
  })

  test('a connection of liquidations alone is left in peace for as long as the venue may be silent', async () => {
    const { desk } = await settled({ ...BINANCE_TRADES, kinds: [Kind.liquidation] }, binanceAck)
    desk.pass(binanceFutures.keepalive.silenceMs - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(desk.ended, undefined)
    desk.pass(2 * LOOK_MS)
    await until('it ended', () => desk.ended !== undefined)
    assert.match(desk.ended ?? '', /silent for/)
  })

  test('a venue that wants signs of life gets them, and its answers keep the connection', async () => {
    const { desk, line } = await settled({ ...BYBIT_TRADES }, bybitAck)
    for (let round = 1; round <= 2; round += 1) {
      desk.pass(20_000)
      const pings = (): number => line.texts.filter(text => JSON.parse(text).op === 'ping').length
      await until('it pinged', () => pings() === round)
    }
    assert.equal(desk.ended, undefined)
  })

  test('an opening that never comes to its end is given up', async () => {
    const venue = await ScriptedVenue.open()
    venue.upgrades = 'mute'
    const desk = new ConnectionDesk({ ...BINANCE_TRADES, endpoint: venue.ws })
    desk.connect()
    desk.pass(60_000)
    await until('it ended', () => desk.ended !== undefined)
    assert.match(desk.ended ?? '', /did not open/)
    await venue.close()
  })

  test('tops keep a state connection alive', async () => {
    const { desk, line } = await settled({ product: binanceFutures, feed: 'state' }, binanceAck)
    desk.pass(FIRST_FRAME_MS_MAX - LOOK_MS)
    line.send(bookTicker(1))
    await until('it came', () => frames(desk) === 1)
    desk.pass(2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(desk.ended, undefined)
  })
})
