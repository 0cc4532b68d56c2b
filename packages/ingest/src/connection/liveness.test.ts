import assert from 'node:assert/strict'
import test from 'node:test'
import { FEED_OF_KIND, Kind, SUBSCRIBED_KINDS, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Keepalive } from '@tradelane/venues/venue'
import { FIRST_FRAME_MS_MAX, OPENING_MS_MAX, PING_AFTER_MS, PONG_MS_MAX, TRADE_SILENCE_MS_MAX } from '../limits.js'
import { binanceFutures, bybitLinear, okxSwap } from '../test/test-products.js'
import { Liveness } from './liveness.js'

function created(keepalive: Keepalive, kinds: readonly SubscribedKind[], nowMs: number): Liveness {
  const startsWithFrame = kinds.some(kind => bybitLinear.firstFrameKinds.includes(kind))
  return new Liveness({ keepalive, kinds: new Set(kinds), startsWithFrame }, nowMs)
}

function opened(keepalive: Keepalive, ...kinds: SubscribedKind[]): Liveness {
  const liveness = created(keepalive, kinds, 0)
  liveness.opened(0)
  return liveness
}

test('a connection that does not open in time is ended', () => {
  const liveness = created(bybitLinear.keepalive, [Kind.trade], 100)
  assert.equal(liveness.faultOf(100 + OPENING_MS_MAX), null)
  assert.match(liveness.faultOf(101 + OPENING_MS_MAX) ?? '', /did not open/)
  liveness.opened(OPENING_MS_MAX)
  assert.equal(liveness.faultOf(101 + OPENING_MS_MAX), null)
})

for (const [name, { keepalive }] of Object.entries({ binanceFutures, bybitLinear, okxSwap })) {
  test(`${name}: a half-open socket is noticed after the silence that its rule allows`, () => {
    const liveness = opened(keepalive, Kind.orderBookL2)
    liveness.heard(1_000)
    liveness.heardData()
    const dueMs = 1_000 + keepalive.silenceMs
    assert.equal(liveness.faultOf(dueMs), null)
    assert.match(liveness.faultOf(dueMs + 1) ?? '', /silent/)
  })
}

test('a trade connection is ended after a minute without any frame, whatever the venue allows', () => {
  const liveness = opened(binanceFutures.keepalive, Kind.trade)
  assert.ok(binanceFutures.keepalive.silenceMs > TRADE_SILENCE_MS_MAX)
  assert.equal(liveness.faultOf(TRADE_SILENCE_MS_MAX), null)
  assert.match(liveness.faultOf(TRADE_SILENCE_MS_MAX + 1) ?? '', /no trade frame/)
  liveness.heard(TRADE_SILENCE_MS_MAX)
  assert.equal(liveness.faultOf(TRADE_SILENCE_MS_MAX + 1), null, 'a ping is a frame')
})

test('a connection of liquidations alone may be as silent as the venue allows: Binance pings only every 3 minutes', () => {
  const { keepalive } = binanceFutures
  const liveness = opened(keepalive, Kind.liquidation)
  liveness.settled(0)
  assert.equal(liveness.faultOf(keepalive.silenceMs), null)
  assert.match(liveness.faultOf(keepalive.silenceMs + 1) ?? '', /silent for/)
  const both = opened(keepalive, Kind.trade, Kind.liquidation)
  assert.match(both.faultOf(TRADE_SILENCE_MS_MAX + 1) ?? '', /no trade frame/)
})

test('where a subscription is answered with a frame it must come soon; trades and liquidations may be rare', () => {
  for (const kind of SUBSCRIBED_KINDS) {
    const liveness = opened(bybitLinear.keepalive, kind)
    liveness.settled(5_000)
    liveness.heard(15_000)
    assert.equal(liveness.faultOf(5_000 + FIRST_FRAME_MS_MAX), null)
    const fault = liveness.faultOf(5_001 + FIRST_FRAME_MS_MAX)
    if (FEED_OF_KIND[kind] === 'trade') assert.equal(fault, null)
    else assert.match(fault ?? '', /no frame came/)
    liveness.heardData()
    assert.equal(liveness.faultOf(5_001 + FIRST_FRAME_MS_MAX), null)
  }
})

test('a connection without a first frame is kept where the venue promises none', () => {
  const kinds = new Set([Kind.orderBookL2])
  const liveness = new Liveness({ keepalive: binanceFutures.keepalive, kinds, startsWithFrame: false }, 0)
  liveness.opened(0)
  liveness.settled(0)
  assert.equal(liveness.faultOf(10 * FIRST_FRAME_MS_MAX), null)
})

test('a quiet connection is pinged by us, and ended when a venue that answered before does not answer', () => {
  const liveness = opened(binanceFutures.keepalive, Kind.liquidation)
  assert.ok(!liveness.isOwnPingDue(PING_AFTER_MS - 1))
  assert.ok(liveness.isOwnPingDue(PING_AFTER_MS))
  liveness.pinged(PING_AFTER_MS)
  assert.ok(!liveness.isOwnPingDue(2 * PING_AFTER_MS), 'one at a time')
  assert.equal(liveness.faultOf(PING_AFTER_MS + PONG_MS_MAX + 1), null, 'it may be that this venue never answers')
  liveness.ponged(20_000)
  liveness.pinged(40_000)
  assert.equal(liveness.faultOf(40_000 + PONG_MS_MAX), null)
  assert.match(liveness.faultOf(40_001 + PONG_MS_MAX) ?? '', /our pings too/)
  liveness.heard(40_001 + PONG_MS_MAX)
  assert.equal(liveness.faultOf(41_000 + PONG_MS_MAX), null)
})

test('a venue with a ping for clients of its own is not pinged by frames', () => {
  assert.ok(!opened(bybitLinear.keepalive, Kind.trade).isOwnPingDue(1e9))
})

test('while we do not read, silence does not count', () => {
  const liveness = opened(bybitLinear.keepalive, Kind.orderBookL2)
  liveness.settled(0)
  liveness.heardData()
  liveness.paused()
  assert.equal(liveness.faultOf(1e9), null)
  liveness.resumed(1e9)
  assert.equal(liveness.faultOf(1e9 + bybitLinear.keepalive.silenceMs), null)
  assert.match(liveness.faultOf(1e9 + bybitLinear.keepalive.silenceMs + 1) ?? '', /silent/)
})

test('Bybit is pinged every 20 s, whatever it sends', () => {
  const liveness = created(bybitLinear.keepalive, [Kind.orderBookL2], 0)
  assert.ok(!liveness.isPingDue(60_000), 'not before it is open')
  liveness.opened(60_000)
  liveness.heard(79_000)
  assert.ok(!liveness.isPingDue(79_999))
  assert.ok(liveness.isPingDue(80_000))
  liveness.keptAlive(80_000)
  assert.ok(!liveness.isPingDue(99_999))
  assert.ok(liveness.isPingDue(100_000))
})

test('OKX is pinged when it is silent, in time before it ends the connection', () => {
  const liveness = opened(okxSwap.keepalive, Kind.orderBookL2)
  liveness.heard(15_000)
  assert.ok(!liveness.isPingDue(34_000))
  assert.ok(liveness.isPingDue(35_000))
  assert.ok(okxSwap.keepalive.kind === 'client-text' && okxSwap.keepalive.afterMs + 2_000 < 30_000)
})

test('Binance pings us: no keepalive is sent', () => {
  assert.ok(!opened(binanceFutures.keepalive, Kind.orderBookL2).isPingDue(1e9))
})
