import assert from 'node:assert/strict'
import test from 'node:test'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import { CellStatus, Kind, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import { BINANCE, BYBIT, TestLanes } from '../test/test-lanes.js'
import { LinkPublisher } from './link-publisher.js'

function desk(): { lanes: TestLanes; links: LinkPublisher } {
  const lanes = new TestLanes()
  return { lanes, links: new LinkPublisher(new BoardWriter(lanes.stateBoard, [lanes.gateway]), lanes.clock) }
}

test('a feed is down with the reason that it is starting, until it is live', () => {
  const { lanes, links } = desk()
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.empty)
  links.declare(BINANCE, Kind.trade, lanes)
  const { status, reason } = lanes.link(BINANCE, Kind.trade)
  assert.deepEqual([status, reason], [CellStatus.down, StatusReason.starting])
  const bell = lanes.gateway.bell()
  links.set(BINANCE, Kind.trade, lanes, true, StatusReason.connected)
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.live)
  assert.notEqual(lanes.gateway.bell(), bell)
})

test('a feed of several connections is live when all are, and down as soon as one is', () => {
  const { lanes, links } = desk()
  const [first, second] = [{}, {}]
  for (const source of [first, second]) links.declare(BINANCE, Kind.orderBookL2, source)
  const status = (): CellStatus => lanes.link(BINANCE, Kind.orderBookL2).status
  links.set(BINANCE, Kind.orderBookL2, first, true, StatusReason.connected)
  assert.equal(status(), CellStatus.down)
  links.set(BINANCE, Kind.orderBookL2, second, true, StatusReason.connected)
  assert.equal(status(), CellStatus.live)
  links.set(BINANCE, Kind.orderBookL2, first, false, StatusReason.disconnected)
  links.set(BINANCE, Kind.orderBookL2, second, true, StatusReason.connected)
  assert.equal(status(), CellStatus.down)
  links.set(BINANCE, Kind.orderBookL2, first, true, StatusReason.connected)
  assert.equal(status(), CellStatus.live)
})

test('a feed that is down for two reasons keeps the one that still holds', () => {
  const { lanes, links } = desk()
  const [first, second] = [{}, {}]
  for (const source of [first, second]) {
    links.declare(BINANCE, Kind.trade, source)
    links.set(BINANCE, Kind.trade, source, true, StatusReason.connected)
  }
  const news = (): unknown[] => {
    const { status, reason } = lanes.link(BINANCE, Kind.trade)
    return [status, reason]
  }
  links.set(BINANCE, Kind.trade, first, false, StatusReason.rejected)
  links.set(BINANCE, Kind.trade, second, false, StatusReason.noFrames)
  assert.deepEqual(news(), [CellStatus.down, StatusReason.noFrames])
  links.set(BINANCE, Kind.trade, second, true, StatusReason.connected)
  assert.deepEqual(news(), [CellStatus.down, StatusReason.rejected])
  links.set(BINANCE, Kind.trade, first, true, StatusReason.connected)
  assert.deepEqual(news(), [CellStatus.live, StatusReason.connected])
})

test('a connection that was down when others took over does not keep the feed down', () => {
  const { lanes, links } = desk()
  const [before, after] = [{}, {}]
  links.declare(BINANCE, Kind.orderBookL2, before)
  links.retract(BINANCE, Kind.orderBookL2, before)
  links.declare(BINANCE, Kind.orderBookL2, after)
  assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.down)
  links.set(BINANCE, Kind.orderBookL2, after, true, StatusReason.connected)
  assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.live)
})

test('the same news again is not published; since when it holds is kept while only the reason changes', async () => {
  const { lanes, links } = desk()
  links.declare(BYBIT, Kind.trade, lanes)
  links.set(BYBIT, Kind.trade, lanes, false, StatusReason.disconnected)
  const { version, sinceUs } = lanes.link(BYBIT, Kind.trade)
  links.set(BYBIT, Kind.trade, lanes, false, StatusReason.disconnected)
  assert.equal(lanes.link(BYBIT, Kind.trade).version, version)
  links.set(BYBIT, Kind.trade, lanes, false, StatusReason.noFrames)
  const later = lanes.link(BYBIT, Kind.trade)
  assert.equal(later.reason, StatusReason.noFrames)
  assert.equal(later.sinceUs, sinceUs)
  links.set(BYBIT, Kind.trade, lanes, true, StatusReason.connected)
  assert.ok(lanes.link(BYBIT, Kind.trade).sinceUs > sinceUs)
})

test('products and kinds do not touch each other, and a cell that does not exist is passed over', () => {
  const { lanes, links } = desk()
  links.declare(BINANCE, Kind.trade, lanes)
  links.set(BINANCE, Kind.trade, lanes, true, StatusReason.connected)
  links.declare(9 as ProductIndex, Kind.trade, lanes)
  links.set(9 as ProductIndex, Kind.trade, lanes, true, StatusReason.connected)
  links.set(BYBIT, Kind.trade, lanes, true, StatusReason.connected)
  assert.equal(lanes.link(BYBIT, Kind.trade).status, CellStatus.empty, 'nobody declared it')
  assert.equal(lanes.link(BINANCE, Kind.orderBookL1).status, CellStatus.empty)
})
