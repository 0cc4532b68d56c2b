// The tail report on a gateway in its real thread, with either merge: every trade is counted, and a late one is explained. The
// test relays what the gateway posts, as the supervisor does.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BREAKDOWN_US_MAX } from '@tradelane/admin/limits'
import type { Doing, HopBreakdown } from '@tradelane/admin/tail/hop-breakdown'
import { Tail } from '@tradelane/admin/tail/tail'
import type { GatewayTail, LateTradeReport, TailReport } from '@tradelane/admin/tail/tail-report'
import type { BusyRequest } from '@tradelane/gateway/test/busy-gateway'
import { GatewayUnderTest } from '@tradelane/gateway/test/gateway-fixture'
import { PRODUCT, STREAM } from '@tradelane/gateway/test/test-lanes'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import type { LateTradePost } from '@tradelane/shared/thread/thread-messages'
import { Activity, ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { sleep } from './test/supervisor-fixture.js'

const PAUSE_MS = 120
/** A trade is posted within a second, and explained soon after. */
const EXPLAINED_MS_MAX = 5_000

for (const order of ['priority', 'fifo'] as const) {
  test(`${order}: every trade is counted at every hop, and the hops of a late trade add up to its delay`, async t => {
    const { gateway } = await startBusyGateway(t, order)
    const clients = [await gateway.connect(), await gateway.connect('/?format=msgpack')]
    await gateway.untilAnswered()
    const TRADES = 400
    for (let count = 0; count < TRADES; count += 1) {
      gateway.publishTrade()
      if (count % 20 !== 0) continue
      gateway.publishBook(0, count)
      await sleep(1)
    }
    for (const client of clients) await client.until(({ frames }) => frames.length >= TRADES, 'the trades')
    const { hops, worst } = await tailOf(gateway)
    assert.deepEqual([hops.pickup.count, hops.send.count, hops.total.count], [TRADES, TRADES, TRADES])
    assert.ok(hops.total.p50Us >= hops.send.p50Us && hops.total.maxUs >= hops.pickup.maxUs)
    assert.ok(worst.length > 0 && worst.length <= 10)
    for (const trade of worst) {
      assert.equal(trade.clients, 2)
      assert.deepEqual(
        trade.account.map(({ hop }) => hop),
        ['arrival', 'decode', 'pickup', 'send'],
      )
      assert.ok(
        trade.account.every(({ us, otherUs }) => us >= 0 && otherUs >= 0 && otherUs <= us),
        'no hop ends before it begins',
      )
      const sumUs = trade.account.slice(1).reduce((sum, { us }) => sum + us, 0)
      assert.ok(Math.abs(sumUs - trade.lateUs) <= 4, `${sumUs} of ${trade.lateUs} µs`)
    }
  })

  test(`${order}: a client behind catches up, and no trade is counted again for it`, async t => {
    const { gateway } = await startBusyGateway(t, order)
    const level = await gateway.connect()
    await gateway.untilAnswered()
    for (let count = 0; count < 500; count += 1) gateway.publishTrade()
    await level.until(() => level.of('trade').length === 500, 'the trades')
    const behind = await gateway.connect(`/?since=${STREAM}:0`)
    await behind.until(() => behind.of('trade').length === 500, 'the replay')
    await gateway.untilAnswered()
    gateway.publishTrade()
    for (const client of [level, behind]) await client.until(() => client.of('trade').length === 501, 'the last trade')
    const { hops } = await tailOf(gateway)
    assert.deepEqual([hops.pickup.count, hops.send.count, hops.total.count], [501, 501, 501])
  })

  test(`${order}: without clients a trade is picked up and not sent`, async t => {
    const { gateway } = await startBusyGateway(t, order)
    gateway.publishTrade()
    await sleep(100)
    const { hops, worst } = await tailOf(gateway, null)
    assert.deepEqual([hops.pickup.count, hops.send.count, hops.total.count, worst.length], [1, 0, 0, 0])
  })

  for (const [what, busyWith, activity] of [
    ['a long loop', 0, 'longTurn'],
    ['garbage collection', 1, 'majorGc'],
  ] as const) {
    test(`${order}: ${what} in the gateway explains the trades that waited for it`, async t => {
      const { gateway, busy } = await startBusyGateway(t, order)
      const client = await gateway.connect()
      await gateway.untilAnswered()
      gateway.publishTrade()
      await client.until(() => client.of('trade').length === 1, 'a trade')
      Atomics.store(busy, busyWith, PAUSE_MS)
      gateway.cell.ring()
      await sleep(5)
      gateway.publishTrade()
      await client.until(() => client.of('trade').length === 2, 'the trade that waits')
      const late = worstOf(await tailOf(gateway, 2), 2)
      assert.ok(late.lateUs > (PAUSE_MS / 3) * 1_000, `${late.lateUs} µs late`)
      const { us, doing } = hopOf(late, 'pickup')
      assert.ok(us > 0.6 * late.lateUs, `${us} of ${late.lateUs} µs waiting for pickup`)
      const [examinedUs, blamed] = [Math.min(us, BREAKDOWN_US_MAX), doingOf(doing, activity)]
      assert.ok(blamed.us > 0.6 * examinedUs, `${activity}: ${blamed.us} of ${examinedUs} µs`)
    })
  }
}

test('a delay before the trade log is explained by the activities of ingest', async t => {
  const gateway = await startGateway(t)
  const client = await gateway.connect()
  await gateway.untilAnswered()
  const nowUs = monotonicUs()
  const ingest = new ActivityRing(gateway.traces, 1)
  ingest.note(Activity.scavenge, nowUs - 18_000, nowUs - 10_000, 1)
  ingest.note(Activity.tradeRead, nowUs - 20_000, nowUs - 500, 3)
  gateway.publishTrade(0, '', (nowUs - 20_000) as MonotonicUs)
  await client.until(() => client.of('trade').length === 1, 'the trade')
  const { us, thread, doing } = hopOf(worstOf(await tailOf(gateway), 1), 'decode')
  assert.equal(thread, 'ingest')
  assert.ok(us >= 20_000)
  assert.deepEqual(doing, [
    { activity: 'tradeRead', times: 1, us: 19_500, longestUs: 19_500, items: 3 },
    { activity: 'scavenge', times: 1, us: 8_000, longestUs: 8_000, items: 1 },
  ])
})

interface Tailed extends GatewayTail, Pick<TailReport, 'hops'> {}

async function startGateway(
  t: TestContext,
  options: ConstructorParameters<typeof GatewayUnderTest>[0] = {},
): Promise<GatewayUnderTest> {
  const gateway = new GatewayUnderTest(options)
  t.after(async () => assert.equal(await gateway.stop(), 0))
  const message = await gateway.start()
  assert.equal(message.type, 'running')
  return gateway
}

async function startBusyGateway(
  t: TestContext,
  order: 'priority' | 'fifo',
): Promise<{ gateway: GatewayUnderTest; busy: BusyRequest }> {
  const busy = new Int32Array(new SharedArrayBuffer(8))
  const more = { request: busy, isFifo: order === 'fifo' }
  return { gateway: await startGateway(t, { entry: './busy-gateway.js', more }), busy }
}

/** Once the trade with this sequence was posted, or any, and all are explained. */
async function tailOf(gateway: GatewayUnderTest, seq?: number | null): Promise<Tailed> {
  const { traces, instruments } = gateway
  const threads = [{ role: 'gateway-0', index: 0 }]
  const tail = new Tail({ traces, instruments, products: [PRODUCT], threads, gatewayThreads: [0], ingestThread: 1 })
  let relayedCount = 0
  const deadlineMs = performance.now() + EXPLAINED_MS_MAX
  for (;;) {
    const posts = gateway.messages.filter(({ type }) => type === 'late-trades') as LateTradePost[]
    for (const post of posts.slice(relayedCount)) tail.accept(0, post)
    relayedCount = posts.length
    tail.explainReady(monotonicUs() / 1_000)
    const { hops, gateways } = tail.report()
    const [ofGateway] = gateways
    assert.equal(ofGateway?.thread, 'gateway-0')
    const { worst } = ofGateway
    const isPosted = seq === null || worst.some(trade => seq === undefined || trade.seq === seq)
    if (isPosted && worst.every(({ account }) => account.length > 0)) return { hops, ...ofGateway }
    assert.ok(performance.now() < deadlineMs, `${relayedCount} posts, ${worst.length} trades, not all explained`)
    await sleep(20)
  }
}

function worstOf({ worst }: GatewayTail, seq: number): LateTradeReport {
  const trade = worst.find(each => each.seq === seq)
  assert.ok(trade, `trade ${seq} is among the worst`)
  return trade
}

function hopOf(trade: LateTradeReport, hop: string): HopBreakdown {
  const breakdown = trade.account.find(each => each.hop === hop)
  assert.ok(breakdown, `${hop} has a breakdown`)
  return breakdown
}

function doingOf(doing: readonly Doing[], activity: string): Doing {
  const found = doing.find(each => each.activity === activity)
  assert.ok(found, `${activity} is among ${JSON.stringify(doing)}`)
  return found
}
