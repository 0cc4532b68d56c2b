import assert from 'node:assert/strict'
import test from 'node:test'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import { CellStatus, Kind, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import { BINANCE, BYBIT, TestLanes } from '../test/test-lanes.js'
import { LinkPublisher } from './link-publisher.js'

function fixture(): { lanes: TestLanes; links: LinkPublisher } {
  const lanes = new TestLanes()
  return { lanes, links: new LinkPublisher(new BoardWriter(lanes.stateBoard, [lanes.gateway]), lanes.clock) }
}

test('a feed is down with the reason that it is starting, until it is live', () => {
  const { lanes, links } = fixture()
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.empty)
  const link = links.newLink(BINANCE, Kind.trade)
  const { status, reason } = lanes.link(BINANCE, Kind.trade)
  assert.deepEqual([status, reason], [CellStatus.down, StatusReason.starting])
  const bell = lanes.gateway.bell()
  link.live()
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.live)
  assert.notEqual(lanes.gateway.bell(), bell)
})

test('a feed of several connections is live when all are, and down as soon as one is', () => {
  const { lanes, links } = fixture()
  const first = links.newLink(BINANCE, Kind.orderBookL2)
  const second = links.newLink(BINANCE, Kind.orderBookL2)
  const status = (): CellStatus => lanes.link(BINANCE, Kind.orderBookL2).status
  first.live()
  assert.equal(status(), CellStatus.down)
  second.live()
  assert.equal(status(), CellStatus.live)
  first.down(StatusReason.disconnected)
  second.live()
  assert.equal(status(), CellStatus.down)
  first.live()
  assert.equal(status(), CellStatus.live)
})

test('a feed that is down for two reasons keeps the one that still holds', () => {
  const { lanes, links } = fixture()
  const first = links.newLink(BINANCE, Kind.trade)
  const second = links.newLink(BINANCE, Kind.trade)
  for (const link of [first, second]) link.live()
  const news = (): unknown[] => {
    const { status, reason } = lanes.link(BINANCE, Kind.trade)
    return [status, reason]
  }
  first.down(StatusReason.rejected)
  second.down(StatusReason.noFrames)
  assert.deepEqual(news(), [CellStatus.down, StatusReason.noFrames])
  second.live()
  assert.deepEqual(news(), [CellStatus.down, StatusReason.rejected])
  first.live()
  assert.deepEqual(news(), [CellStatus.live, StatusReason.connected])
})

test('a connection that was down when others took over does not keep the feed down', () => {
  const { lanes, links } = fixture()
  const before = links.newLink(BINANCE, Kind.orderBookL2)
  before.retract()
  const after = links.newLink(BINANCE, Kind.orderBookL2)
  assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.down)
  after.live()
  assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.live)
})

test('a link that was retracted is not set again', () => {
  const link = fixture().links.newLink(BINANCE, Kind.trade)
  link.retract()
  assert.throws(() => link.live(), /retracted/)
  assert.throws(() => link.down(StatusReason.disconnected), /retracted/)
})

test('the same news again is not published; since when it holds is kept while only the reason changes', async () => {
  const { lanes, links } = fixture()
  const link = links.newLink(BYBIT, Kind.trade)
  link.down(StatusReason.disconnected)
  const { version, sinceUs } = lanes.link(BYBIT, Kind.trade)
  link.down(StatusReason.disconnected)
  assert.equal(lanes.link(BYBIT, Kind.trade).version, version)
  link.down(StatusReason.noFrames)
  const later = lanes.link(BYBIT, Kind.trade)
  assert.equal(later.reason, StatusReason.noFrames)
  assert.equal(later.sinceUs, sinceUs)
  link.live()
  assert.ok(lanes.link(BYBIT, Kind.trade).sinceUs > sinceUs)
})

test('products and kinds do not touch each other, and a cell that does not exist is passed over', () => {
  const { lanes, links } = fixture()
  links.newLink(BINANCE, Kind.trade).live()
  links.newLink(9 as ProductIndex, Kind.trade).live()
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.live)
  assert.equal(lanes.link(BYBIT, Kind.trade).status, CellStatus.empty, 'no link of it was made')
  assert.equal(lanes.link(BINANCE, Kind.orderBookL1).status, CellStatus.empty)
})
