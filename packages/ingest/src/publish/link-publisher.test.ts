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

test('a link is starting, since the start of the process, until there is news of it', () => {
  const { lanes, links } = fixture()
  const link = links.newLink(BINANCE, Kind.trade)
  const { status, reason, sinceUs } = lanes.link(BINANCE, Kind.trade)
  assert.deepEqual([status, reason, sinceUs], [CellStatus.stale, StatusReason.starting, lanes.startUs])
  const bell = lanes.gateway.bell()
  link.live()
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.live)
  assert.notEqual(lanes.gateway.bell(), bell)
})

test('a link of several feeds is live when it is for all, and down as soon as it is for one', () => {
  const { lanes, links } = fixture()
  const first = links.newLink(BINANCE, Kind.orderBookL2)
  const second = links.newLink(BINANCE, Kind.orderBookL2)
  const status = (): CellStatus => lanes.link(BINANCE, Kind.orderBookL2).status
  first.live()
  assert.equal(status(), CellStatus.stale, 'of the second nothing is known')
  second.live()
  assert.equal(status(), CellStatus.live)
  first.down(StatusReason.disconnected)
  second.live()
  assert.equal(status(), CellStatus.down)
  first.live()
  assert.equal(status(), CellStatus.live)
})

test('a link that is down for two reasons keeps the one that still holds', () => {
  const { lanes, links } = fixture()
  const first = links.newLink(BINANCE, Kind.trade)
  const second = links.newLink(BINANCE, Kind.trade)
  for (const link of [first, second]) link.live()
  const shown = (): unknown[] => {
    const { status, reason } = lanes.link(BINANCE, Kind.trade)
    return [status, reason]
  }
  first.down(StatusReason.refused)
  second.down(StatusReason.silent)
  assert.deepEqual(shown(), [CellStatus.down, StatusReason.silent])
  second.live()
  assert.deepEqual(shown(), [CellStatus.down, StatusReason.refused])
  first.live()
  assert.deepEqual(shown(), [CellStatus.live, StatusReason.connected])
})

test('a feed that was down when another took over does not keep the link down', () => {
  const { lanes, links } = fixture()
  const before = links.newLink(BINANCE, Kind.orderBookL2)
  before.down(StatusReason.silent)
  before.retract()
  const after = links.newLink(BINANCE, Kind.orderBookL2)
  assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.down)
  after.live()
  assert.equal(lanes.link(BINANCE, Kind.orderBookL2).status, CellStatus.live)
})

test('a feed that takes over a live link makes it down until it is live itself', () => {
  const { lanes, links } = fixture()
  const before = links.newLink(BINANCE, Kind.orderBookL2)
  before.live()
  before.retract()
  links.newLink(BINANCE, Kind.orderBookL2)
  const { status, reason } = lanes.link(BINANCE, Kind.orderBookL2)
  assert.deepEqual([status, reason], [CellStatus.down, StatusReason.disconnected])
})

test('what a predecessor left stays until there is news, also while another feed of the link is live', () => {
  const { lanes, links } = fixture()
  links.newLink(BINANCE, Kind.trade).down(StatusReason.workerRestart)
  const left = lanes.link(BINANCE, Kind.trade)
  const { version, sinceUs } = left
  const successor = new LinkPublisher(new BoardWriter(lanes.stateBoard, [lanes.gateway]), lanes.clock)
  const [first, second] = [successor.newLink(BINANCE, Kind.trade), successor.newLink(BINANCE, Kind.trade)]
  first.live()
  assert.equal(lanes.link(BINANCE, Kind.trade).version, version)
  second.down(StatusReason.refused)
  const { status, reason, ...after } = lanes.link(BINANCE, Kind.trade)
  assert.deepEqual([status, reason, after.sinceUs], [CellStatus.down, StatusReason.refused, sinceUs])
})

test('a link that was retracted is not set again', () => {
  const link = fixture().links.newLink(BINANCE, Kind.trade)
  link.retract()
  assert.throws(() => link.live(), /retracted/)
  assert.throws(() => link.down(StatusReason.disconnected), /retracted/)
  assert.throws(() => link.retract(), /a link is retracted once/)
})

test('an unchanged link is not published again, and `since` is kept while only the reason changes', async () => {
  const { lanes, links } = fixture()
  const link = links.newLink(BYBIT, Kind.trade)
  link.down(StatusReason.disconnected)
  const { version, sinceUs } = lanes.link(BYBIT, Kind.trade)
  link.down(StatusReason.disconnected)
  assert.equal(lanes.link(BYBIT, Kind.trade).version, version)
  link.down(StatusReason.silent)
  const later = lanes.link(BYBIT, Kind.trade)
  assert.equal(later.reason, StatusReason.silent)
  assert.equal(later.sinceUs, sinceUs)
  link.live()
  assert.ok(lanes.link(BYBIT, Kind.trade).sinceUs > sinceUs)
})

test('products and kinds do not affect each other, and a missing cell is ignored', () => {
  const { lanes, links } = fixture()
  links.newLink(BINANCE, Kind.trade).live()
  links.newLink(9 as ProductIndex, Kind.trade).live()
  assert.equal(lanes.link(BINANCE, Kind.trade).status, CellStatus.live)
  assert.equal(lanes.link(BYBIT, Kind.trade).reason, StatusReason.starting, 'no link of it was made')
  assert.equal(lanes.link(BINANCE, Kind.orderBookL1).reason, StatusReason.starting)
})
