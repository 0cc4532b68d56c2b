import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { BACKOFF_MS_MAX, LIST_REFRESH_MS, OVERLAP_MS, SILENCE_PAUSE_MS_MIN } from '../limits.js'
import { binanceAck, bybitAck } from '../test/scripted-venue.js'
import { SilentVenue, type VirtualSocket } from '../test/silent-venue.js'
import { BINANCE, BTC, BYBIT, BYBIT_BTC, BYBIT_ETH, ETH } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear } from '../test/test-products.js'
import { aggTrade, bookTicker, bybitBook, publicTrade } from '../test/venue-frames.js'

const TRADE = { kind: Kind.trade, instrument: BTC } as const
const NOTICED_MS_MAX = 15_000

/** Trades every 250 ms, by a connection that carries BTC's trades of Binance. */
class BinanceTrades {
  readonly venue = new SilentVenue(binanceFutures, BINANCE, [TRADE], binanceAck)
  lastId = 0

  async start(): Promise<this> {
    after(() => this.venue.close())
    await this.venue.start()
    return this
  }

  async trade(ms: number): Promise<void> {
    await this.venue.pass(ms, 250, () => {
      this.lastId += 1
      this.venue.send(aggTrade(this.lastId), 'btcusdt@aggTrade')
    })
  }

  get link(): string {
    const { status, reason } = this.venue.lanes.link(BINANCE, Kind.trade)
    return `${status} ${reason}`
  }
}

const LIVE = `${CellStatus.live} ${StatusReason.connected}`
const SILENT = `${CellStatus.down} ${StatusReason.silent}`

test('trades that stop on a connection which is alive: another takes over, and what was missed is a gap', async () => {
  const btc = await new BinanceTrades().start()
  await btc.trade(10_000)
  assert.equal(btc.link, LIVE)
  const [first] = btc.venue.sockets
  first!.isMute = true
  await btc.trade(NOTICED_MS_MAX)
  assert.equal(btc.venue.sockets.length, 2)
  assert.equal(btc.venue.lanes.count('silences'), 1)
  await btc.trade(2 * OVERLAP_MS)
  assert.equal(btc.link, LIVE)
  assert.ok(!first!.isOpen)
  const records = btc.venue.lanes.takeRecords()
  const gaps = records.filter(({ kind }) => kind === Kind.gap)
  assert.equal(gaps.length, 1)
  const tradeCount = records.filter(({ kind }) => kind === Kind.trade).length
  assert.equal(tradeCount + gaps[0]?.json.missed, btc.lastId)
  assert.equal(btc.venue.lanes.count('connectionsLost'), 0)
})

test('its link says so at once, and all clients with it', async () => {
  const btc = await new BinanceTrades().start()
  await btc.trade(10_000)
  await btc.venue.pass(NOTICED_MS_MAX)
  assert.equal(btc.link, SILENT)
})

test('a false alarm loses nothing: the market was quiet, and goes on', async () => {
  const btc = await new BinanceTrades().start()
  await btc.trade(10_000)
  await btc.venue.pass(30_000)
  assert.equal(btc.venue.sockets.length, 2)
  await btc.trade(5_000)
  assert.equal(btc.link, LIVE)
  const records = btc.venue.lanes.takeRecords()
  assert.deepEqual(
    records.map(({ json }) => json.data?.id),
    Array.from({ length: btc.lastId }, (_, index) => String(index + 1)),
  )
})

test('what a replacement did not help is asked for again after pauses that grow', async () => {
  const btc = await new BinanceTrades().start()
  await btc.trade(10_000)
  await btc.venue.pass(3_600_000, 5_000)
  assert.equal(btc.link, SILENT)
  const { length } = btc.venue.sockets
  assert.ok(length >= 3 && length <= 5, `${length} connections in an hour`)
  assert.ok(SILENCE_PAUSE_MS_MIN > BACKOFF_MS_MAX)
  assert.equal(btc.venue.openSockets.length, 1)
})

test('a thin market keeps its connection for hours', async () => {
  const btc = await new BinanceTrades().start()
  for (let round = 0; round < 60; round += 1) {
    await btc.venue.pass(60_000 + 3_000 * (round % 20), 5_000)
    await btc.trade(250)
  }
  assert.equal(btc.venue.sockets.length, 1)
  assert.equal(btc.link, LIVE)
})

test('while the venue is away nothing is silent: what has no connection is down', async () => {
  const btc = await new BinanceTrades().start()
  await btc.trade(10_000)
  btc.venue.isAway = true
  btc.venue.sockets[0]!.terminate('cut')
  await btc.venue.pass(120_000)
  assert.equal(btc.link, `${CellStatus.down} ${StatusReason.disconnected}`)
  btc.venue.isAway = false
  await btc.trade(10_000)
  assert.equal(btc.link, LIVE)
  assert.equal(btc.venue.lanes.count('silences'), 0)
})

test('a replacement that brings a snapshot and no more has not helped: the pauses grow', async () => {
  const wanted = [Kind.trade, Kind.orderBookL2].map(kind => ({ kind, instrument: BYBIT_BTC }))
  const venue = new SilentVenue(bybitLinear, BYBIT, wanted, bybitAck)
  after(() => venue.close())
  await venue.start()
  const ring = venue.lanes.consumer()
  const greeted = new Set<VirtualSocket>()
  let id = 0
  const market = (hasDeltas: boolean): void => {
    while (ring.read());
    id += 1
    venue.send(publicTrade(String(id)), 'publicTrade')
    if (hasDeltas) venue.send(bybitBook(id), 'orderbook.200')
    for (const socket of venue.openSockets) {
      if (greeted.has(socket) || !socket.texts.some(text => text.includes('orderbook.200'))) continue
      greeted.add(socket)
      socket.deliver(bybitBook(id))
    }
  }
  await venue.pass(60_000, 500, () => market(true))
  assert.equal(greeted.size, 1)
  await venue.pass(3_600_000, 500, () => market(false))
  assert.ok(greeted.size >= 3 && greeted.size <= 5, `${greeted.size} connections in an hour`)
  // It works again, for long enough: the next silence is answered at once.
  await venue.pass(3_600_000, 500, () => market(true))
  const { size } = greeted
  await venue.pass(2 * NOTICED_MS_MAX, 500, () => market(false))
  assert.equal(greeted.size, size + 1)
})

test('an instrument that is not listed any more takes its silence with it', async () => {
  const wanted = [BYBIT_BTC, BYBIT_ETH].flatMap(instrument =>
    [Kind.trade, Kind.orderBookL2].map(kind => ({ kind, instrument }) as const),
  )
  const venue = new SilentVenue(bybitLinear, BYBIT, wanted, bybitAck)
  after(() => venue.close())
  await venue.start()
  let id = 0
  const market = (books: readonly string[]): void => {
    id += 1
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) venue.send(publicTrade(String(id), symbol), `publicTrade.${symbol}`)
    for (const symbol of books) venue.send(bybitBook(id, symbol), `orderbook.200.${symbol}`)
  }
  const bookLink = (): readonly unknown[] => {
    const { status, reason } = venue.lanes.link(BYBIT, Kind.orderBookL2)
    return [status, reason]
  }
  await venue.pass(60_000, 500, () => market(['BTCUSDT', 'ETHUSDT']))
  await venue.pass(NOTICED_MS_MAX, 500, () => market(['ETHUSDT']))
  assert.deepEqual(bookLink(), [CellStatus.down, StatusReason.silent])
  venue.unlisted.add('BTCUSDT')
  await venue.pass(2 * LIST_REFRESH_MS, 500, () => market(['ETHUSDT']))
  assert.notDeepEqual(bookLink(), [CellStatus.down, StatusReason.silent])
})

test('where ids prove nothing, the gap is published when another connection takes over', async () => {
  const venue = new SilentVenue(bybitLinear, BYBIT, [{ kind: Kind.trade, instrument: BYBIT_BTC }], bybitAck)
  after(() => venue.close())
  await venue.start()
  let id = 0
  await venue.pass(10_000, 250, () => {
    id += 1
    venue.send(publicTrade(String(id)), 'publicTrade')
  })
  venue.lanes.takeRecords()
  await venue.pass(NOTICED_MS_MAX + 2 * OVERLAP_MS)
  const [gap, ...others] = venue.lanes.takeRecords()
  assert.equal(gap?.json.type, 'gap')
  assert.deepEqual([gap?.json.missed, gap?.json.last_id], [null, '40'])
  assert.deepEqual(others, [])
})

test('a thin instrument on a connection that fell silent has a gap too: it may have lost as much, unnoticed', async () => {
  const wanted = [BYBIT_BTC, BYBIT_ETH].map(instrument => ({ kind: Kind.trade, instrument }))
  const venue = new SilentVenue(bybitLinear, BYBIT, wanted, bybitAck)
  after(() => venue.close())
  await venue.start()
  let id = 0
  venue.send(publicTrade('e1', 'ETHUSDT'), 'publicTrade')
  const market = (): void => {
    id += 1
    venue.send(publicTrade(String(id)), 'publicTrade.BTCUSDT')
  }
  await venue.pass(60_000, 250, market)
  venue.sockets[0]!.isMute = true
  await venue.pass(NOTICED_MS_MAX + 2 * OVERLAP_MS, 250, market)
  const gaps = venue.lanes.takeRecords().filter(({ kind }) => kind === Kind.gap)
  assert.deepEqual(gaps.map(({ instrument }) => instrument).sort(), [BYBIT_BTC.id, BYBIT_ETH.id])
})

test('what went on beside a silent instrument has no gap, also where that never came on this connection', async () => {
  const wanted = [BYBIT_BTC, BYBIT_ETH].map(instrument => ({ kind: Kind.trade, instrument }))
  const venue = new SilentVenue(bybitLinear, BYBIT, wanted, bybitAck)
  after(() => venue.close())
  await venue.start()
  let id = 0
  const market = (symbols: readonly string[]): void => {
    id += 1
    for (const symbol of symbols) venue.send(publicTrade(String(id), symbol), `publicTrade.${symbol}`)
  }
  await venue.pass(60_000, 250, () => market(['BTCUSDT', 'ETHUSDT']))
  venue.sockets[0]!.terminate('cut')
  await venue.pass(8_000)
  venue.lanes.takeRecords()
  market(['ETHUSDT'])
  await venue.pass(NOTICED_MS_MAX)
  assert.equal(venue.lanes.count('handovers'), 1)
  const gaps = venue.lanes.takeRecords().filter(({ kind }) => kind === Kind.gap)
  assert.deepEqual(
    gaps.map(({ instrument }) => instrument),
    [BYBIT_BTC.id],
  )
})

test('it trades and its book stands still: the book is withheld, sooner, and starts again on another connection', async () => {
  const wanted = [Kind.trade, Kind.orderBookL2].map(kind => ({ kind, instrument: BYBIT_BTC }))
  const venue = new SilentVenue(bybitLinear, BYBIT, wanted, bybitAck)
  after(() => venue.close())
  await venue.start()
  const ring = venue.lanes.consumer()
  let id = 0
  const market = (): void => {
    id += 1
    venue.send(publicTrade(String(id)), 'publicTrade')
    venue.send(bybitBook(id), 'orderbook.200')
  }
  const records = (): string[] => {
    const kinds: string[] = []
    while (ring.read()) if (ring.record.kind !== DepthRecordKind.stream) kinds.push(nameOf(ring.record.kind))
    return kinds
  }
  await venue.pass(20_000, 250, market)
  records()
  const book = venue.sockets.find(({ texts }) => texts.some(text => text.includes('orderbook.200')))
  book!.isMute = true
  await venue.pass(9_000, 250, market)
  assert.deepEqual(records().slice(0, 1), ['silent'])
  await venue.pass(3_000, 250, market)
  assert.ok(!book!.isOpen)
  const { status } = venue.lanes.link(BYBIT, Kind.orderBookL2)
  assert.equal(status, CellStatus.live)
  assert.equal(venue.lanes.link(BYBIT, Kind.trade).status, CellStatus.live)
})

test('a halted instrument among others keeps its connections', async () => {
  const wanted = [BTC, ETH].flatMap(instrument =>
    [Kind.trade, Kind.orderBookL1].map(kind => ({ kind, instrument }) as const),
  )
  const venue = new SilentVenue(binanceFutures, BINANCE, wanted, binanceAck)
  after(() => venue.close())
  await venue.start()
  let id = 0
  const market = (symbols: readonly string[]): void => {
    id += 1
    for (const symbol of symbols) {
      venue.send(aggTrade(id, symbol), `${symbol.toLowerCase()}@aggTrade`)
      venue.send(bookTicker(id, symbol), `${symbol.toLowerCase()}@bookTicker`)
    }
  }
  await venue.pass(60_000, 250, () => market([BTC.symbol, ETH.symbol]))
  await venue.pass(600_000, 250, () => market([ETH.symbol]))
  assert.equal(venue.sockets.length, 2)
  assert.equal(venue.lanes.count('silences'), 0)
})

function nameOf(kind: number): string {
  return Object.entries(DepthRecordKind).find(([, code]) => code === kind)?.[0] ?? '?'
}
