// Instruments that come and go, at a venue with real sockets: what is subscribed, and what clients are told meanwhile.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { decodeLinkDown } from '@tradelane/shared/lanes/depth-ring-link-up'
import { CellStatus, type Instrument, Kind, StatusReason, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Product } from '@tradelane/venues/venue'
import { RecordedLog, until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedPeer, ScriptedVenue } from '../test/scripted-venue.js'
import { contextOf } from '../test/test-context.js'
import { BTC, BYBIT, BYBIT_BTC, BYBIT_ETH, ETH, TestLanes } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear, okxSwap } from '../test/test-products.js'
import { bybitBook, publicTrade } from '../test/venue-frames.js'
import { ProductSession } from './product-session.js'

interface Listed {
  readonly symbol: string
  readonly state: string
  readonly value?: string
}

interface Venue {
  readonly product: Product
  readonly instruments: readonly [Instrument, Instrument]
  /** States of the list: trading, and not. */
  readonly trading: string
  readonly waiting: string
  answer(text: string): string | null
  list(listed: readonly Listed[]): object
}

const VENUES: Readonly<Record<string, Venue>> = {
  binance: {
    product: binanceFutures,
    instruments: [BTC, ETH],
    trading: 'TRADING',
    waiting: 'BREAK',
    answer: binanceAck,
    list: listed => ({ symbols: listed.map(({ symbol, state }) => ({ symbol, status: state })) }),
  },
  bybit: {
    product: bybitLinear,
    instruments: [BYBIT_BTC, BYBIT_ETH],
    trading: 'Trading',
    waiting: 'PreLaunch',
    answer: bybitAck,
    list: listed => {
      const list = listed.map(({ symbol, state }) => ({ symbol, status: state }))
      return { retCode: 0, result: { list, nextPageCursor: '' } }
    },
  },
  okx: {
    product: okxSwap,
    instruments: [BYBIT_BTC, BYBIT_ETH].map(each => ({
      ...each,
      symbol: `${each.base.toUpperCase()}-USDT-SWAP`,
    })) as unknown as [Instrument, Instrument],
    trading: 'live',
    waiting: 'suspend',
    answer: text => {
      if (text === 'ping') return 'pong'
      const { id, op, args } = JSON.parse(text)
      return JSON.stringify({ id, event: op, arg: args[0], connId: 'c' })
    },
    list: listed => ({
      code: '0',
      data: listed.map(({ symbol, state, value = '0.01' }) => {
        const ctVal = state === 'preopen' ? '' : value
        return { instId: symbol, instType: 'SWAP', state, ctType: 'linear', ctVal, ctMult: '1' }
      }),
    }),
  },
}

class Fixture {
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  readonly session: ProductSession
  readonly first: Instrument
  readonly second: Instrument
  readonly #venue: ScriptedVenue
  readonly #speaks: Venue
  readonly #depth = this.lanes.consumer()
  readonly #records: string[] = []

  constructor(venue: ScriptedVenue, speaks: Venue, kinds: readonly SubscribedKind[]) {
    this.#venue = venue
    this.#speaks = speaks
    ;[this.first, this.second] = speaks.instruments
    venue.onPeer = peer => {
      peer.answer = text => speaks.answer(text)
    }
    this.session = new ProductSession(contextOf(this.lanes, this.log), {
      product: speaks.product,
      index: this.first.product,
      endpoints: { ws: venue.ws, rest: venue.httpUrl },
      subscriptions: speaks.instruments.flatMap(instrument => kinds.map(kind => ({ kind, instrument }))),
      sizeUnits: 'base',
      venueSettings: {},
      listRefreshMs: 40,
    })
  }

  static async open(name: string, kinds: readonly SubscribedKind[], states: readonly (string | null)[]) {
    const venue = await ScriptedVenue.open()
    const fixture = new Fixture(venue, VENUES[name] ?? assert.fail(), kinds)
    fixture.list(states)
    after(async () => {
      fixture.session.close()
      await venue.close()
    })
    await fixture.session.start()
    return fixture
  }

  get peers(): readonly ScriptedPeer[] {
    return this.#venue.openPeers
  }

  answerBy(answer: (text: string) => string | null): void {
    this.#venue.onPeer = peer => {
      peer.answer = answer
    }
  }

  /** What the list says from now on; null: it lacks it. */
  list(states: readonly (string | null)[], value?: string): void {
    const listed = this.#speaks.instruments.flatMap(({ symbol }, index) => {
      const state = states[index] ?? null
      return state === null ? [] : [{ symbol, state, ...(value === undefined ? {} : { value }) }]
    })
    const other = { symbol: 'OTHER', state: this.#speaks.trading }
    const body = JSON.stringify(this.#speaks.list([...listed, other]))
    this.#venue.rest = (path, response) => {
      if (/depth/.test(path)) response.writeHead(500).end()
      else response.end(/openInterest/.test(path) ? '{"openInterest":"1","symbol":"X","time":1}' : body)
    }
  }

  isSubscribed({ symbol }: Instrument): boolean {
    const asked = new RegExp(`^(?!.*unsubscribe).*${symbol}`, 'i')
    return this.peers.some(({ texts }) => texts.some(text => asked.test(text)))
  }

  async link(kind: SubscribedKind, status: CellStatus, reason: StatusReason): Promise<void> {
    await until(`the link of ${kind} is ${status} ${reason}`, () => {
      const link = this.lanes.link(this.first.product, kind)
      return link.status === status && link.reason === reason
    })
  }

  async told(instrument: Instrument, kind: SubscribedKind, status: CellStatus, reason: StatusReason): Promise<void> {
    await until(`${instrument.base} ${kind} is told ${status} ${reason}`, () => {
      const cell = this.lanes.subscription(instrument, kind)
      return cell.status === status && cell.reason === reason
    })
  }

  /** `linkDown 3 notTrading`, `linkUp 3 0.01`. */
  depth(): readonly string[] {
    while (this.#depth.read()) {
      const { kind, instrument, frame } = this.#depth.record
      const reason = Object.entries(StatusReason).find(([, value]) => value === decodeLinkDown(frame))?.[0]
      if (kind === DepthRecordKind.linkDown) this.#records.push(`linkDown ${instrument} ${reason}`)
      if (kind === DepthRecordKind.linkUp) this.#records.push(`linkUp ${instrument} ${frame.toString()}`.trim())
    }
    return this.#records
  }

  async depthHas(record: string): Promise<void> {
    await until(`${record} is among ${this.depth()}`, () => this.depth().includes(record))
  }
}

const ALL = [Kind.trade, Kind.orderBookL1, Kind.orderBookL2] as const

describe('an instrument that does not trade at the start', { concurrency: 3 }, () => {
  for (const [name, { trading, waiting }] of Object.entries(VENUES)) {
    test(`of ${name} is awaited, clients are told, and it is subscribed when it trades; others are not touched`, async () => {
      const fixture = await Fixture.open(name, ALL, [trading, waiting])
      const { first, second } = fixture
      for (const kind of [Kind.trade, Kind.orderBookL1]) {
        await fixture.told(second, kind, CellStatus.down, StatusReason.notTrading)
        await fixture.link(kind, CellStatus.stale, StatusReason.notTrading)
        assert.equal(fixture.lanes.subscription(first, kind).status, CellStatus.empty, 'with it nothing was ever wrong')
      }
      await fixture.depthHas(`linkDown ${second.id} notTrading`)
      await until('the other one is subscribed', () => fixture.isSubscribed(first))
      assert.ok(!fixture.isSubscribed(second))
      const before = [...fixture.peers]
      fixture.list([trading, trading])
      for (const kind of [Kind.trade, Kind.orderBookL1]) {
        await fixture.told(second, kind, CellStatus.live, StatusReason.connected)
        await fixture.link(kind, CellStatus.live, StatusReason.connected)
      }
      await until('its book is linked', () => fixture.depth().some(text => text.startsWith(`linkUp ${second.id}`)))
      assert.ok(fixture.isSubscribed(second))
      assert.ok(before.every(peer => peer.isOpen))
      assert.ok(fixture.log.has(/all instruments are subscribed/))
    })
  }

  test('and no other does: the links are down, and it is not said that all are subscribed', async () => {
    const fixture = await Fixture.open('bybit', ALL, ['PreLaunch', null])
    await fixture.link(Kind.trade, CellStatus.down, StatusReason.notTrading)
    await fixture.told(fixture.second, Kind.trade, CellStatus.down, StatusReason.notListed)
    assert.equal(fixture.peers.length, 0)
    fixture.list(['Trading', null])
    await fixture.link(Kind.trade, CellStatus.stale, StatusReason.notListed)
    assert.ok(!fixture.log.has(/all instruments are subscribed/))
  })

  test('has no contract value before: it is awaited, and its book linked with the value that it gets', async () => {
    const fixture = await Fixture.open('okx', [Kind.trade, Kind.orderBookL2], ['live', 'preopen'])
    await fixture.told(fixture.second, Kind.trade, CellStatus.down, StatusReason.notTrading)
    fixture.list(['live', 'live'], '0.1')
    await fixture.depthHas(`linkUp ${fixture.second.id} 0.1`)
  })
})

test('with CANCEL_ONLY trades still come', async () => {
  const fixture = await Fixture.open('binance', [Kind.trade], ['TRADING', 'CANCEL_ONLY'])
  await until('both are subscribed', () => fixture.isSubscribed(fixture.first) && fixture.isSubscribed(fixture.second))
  await fixture.link(Kind.trade, CellStatus.live, StatusReason.connected)
})

test('a halted instrument keeps its subscription and says so; its book starts again when it trades', async () => {
  const fixture = await Fixture.open('bybit', ALL, ['Trading', 'Trading'])
  const { second } = fixture
  await fixture.link(Kind.trade, CellStatus.live, StatusReason.connected)
  await fixture.depthHas(`linkUp ${second.id} 1`)
  const before = [...fixture.peers]
  fixture.list(['Trading', 'Closed'])
  await fixture.told(second, Kind.trade, CellStatus.down, StatusReason.notTrading)
  await fixture.depthHas(`linkDown ${second.id} notTrading`)
  await fixture.link(Kind.trade, CellStatus.live, StatusReason.connected)
  const linkUps = fixture.depth().filter(text => text === `linkUp ${second.id} 1`).length
  fixture.list(['Trading', 'Trading'])
  await fixture.told(second, Kind.trade, CellStatus.live, StatusReason.connected)
  await until('its book starts again', () => {
    return fixture.depth().filter(text => text === `linkUp ${second.id} 1`).length > linkUps
  })
  assert.deepEqual(fixture.peers, before, 'no connection was closed or opened')
})

test('a halted book whose frames come before the list says so starts again once', async () => {
  const fixture = await Fixture.open('bybit', [Kind.orderBookL2], ['Trading', 'Trading'])
  const { second } = fixture
  await fixture.depthHas(`linkUp ${second.id} 1`)
  fixture.list(['Trading', 'Closed'])
  await fixture.depthHas(`linkDown ${second.id} notTrading`)
  const linkUps = (): number => fixture.depth().filter(text => text === `linkUp ${second.id} 1`).length
  fixture.peers[0]?.send(bybitBook(7, second.symbol))
  await until('it starts again', () => linkUps() === 2)
  fixture.list(['Trading', 'Trading'])
  await until('the list was read', () => fixture.log.has(/instrument trades/))
  assert.equal(linkUps(), 2)
})

test('a halted book that loses its connection stays halted', async () => {
  const fixture = await Fixture.open('bybit', [Kind.orderBookL2], ['Trading', 'Closed'])
  const { first, second } = fixture
  await fixture.depthHas(`linkDown ${second.id} notTrading`)
  fixture.list(['Trading', 'Trading'])
  await fixture.depthHas(`linkUp ${second.id} 1`)
  fixture.list(['Trading', 'Closed'])
  await until('it is halted', () => fixture.depth().at(-1) === `linkDown ${second.id} notTrading`)
  const { length } = fixture.depth()
  for (const peer of fixture.peers) peer.cut()
  await until('the other one is back', () => fixture.depth().slice(length).includes(`linkUp ${first.id} 1`))
  await until('its state was repeated', () => {
    const later = fixture.depth().slice(length)
    return later.includes(`linkDown ${second.id} notTrading`) && !later.includes(`linkUp ${second.id} 1`)
  })
})

test('what was refused while it did not trade is requested again when it does', async () => {
  const fixture = await Fixture.open('bybit', [Kind.trade], ['Trading', 'Trading'])
  const { second } = fixture
  await fixture.link(Kind.trade, CellStatus.live, StatusReason.connected)
  fixture.list(['Trading', 'Closed'])
  await fixture.told(second, Kind.trade, CellStatus.down, StatusReason.notTrading)
  let isRefusing = true
  const peer = fixture.peers[0] ?? assert.fail()
  const { answer } = peer
  fixture.answerBy(text => {
    if (!isRefusing || !text.includes(second.symbol)) return answer(text)
    const { req_id: id, op } = JSON.parse(text)
    const reason = `error:handler not found,topic:publicTrade.${second.symbol}`
    return JSON.stringify({ success: false, ret_msg: reason, conn_id: 'c', req_id: id, op })
  })
  peer.cut()
  await fixture.link(Kind.trade, CellStatus.down, StatusReason.refused)
  isRefusing = false
  fixture.list(['Trading', 'Trading'])
  await fixture.link(Kind.trade, CellStatus.live, StatusReason.connected)
  const after = fixture.peers.find(each =>
    each.texts.some(text => text.includes(second.symbol) && !text.includes('BTC')),
  )
  after?.send(publicTrade('e1', second.symbol))
  await until('a trade of it came', () => fixture.lanes.count('tradesPublished') > 0)
})

test('a contract whose value changes gives the amounts by the new one, and its book starts again', async () => {
  const fixture = await Fixture.open('okx', [Kind.trade, Kind.orderBookL2], ['live', 'live'])
  await fixture.depthHas(`linkUp ${fixture.second.id} 0.01`)
  fixture.list(['live', 'live'], '0.1')
  await fixture.depthHas(`linkUp ${fixture.second.id} 0.1`)
  assert.ok(fixture.log.has(/contract value changed.*"from":"0.01","to":"0.1"/))
})

test('a shard that restarts is told again why it has no book', async () => {
  const fixture = await Fixture.open('bybit', [Kind.orderBookL2], ['Trading', 'PreLaunch'])
  const told = (): number => fixture.depth().filter(text => text === `linkDown ${fixture.second.id} notTrading`).length
  await until('it was told', () => told() === 1)
  fixture.session.reopenBooks(0)
  assert.equal(told(), 2)
  fixture.session.closeBooks()
  fixture.session.openBooks()
  assert.equal(told(), 3)
})

test('shared liquidations are subscribed once, whoever begins to trade', async () => {
  const fixture = await Fixture.open('okx', [Kind.trade, Kind.liquidation], ['live', 'suspend'])
  await fixture.link(Kind.trade, CellStatus.stale, StatusReason.notTrading)
  fixture.list(['live', 'live'])
  await fixture.link(Kind.trade, CellStatus.live, StatusReason.connected)
  fixture.list(['live', null])
  await fixture.told(fixture.second, Kind.trade, CellStatus.down, StatusReason.notListed)
  const requests = fixture.peers.flatMap(({ texts }) => texts.filter(text => text.includes('liquidation-orders')))
  assert.equal(requests.length, 1)
  assert.equal(fixture.lanes.link(BYBIT, Kind.liquidation).status, CellStatus.live)
})
