import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CREDIT_START_BYTES,
  KEEPALIVE_MS,
  PING_MS_MIN,
  PING_TRADE_BYTES,
  PING_TRADE_MS,
  PROBE_MS,
  TICK_MS,
} from './limits.js'
import { CreditBench, opened } from './test/credit-fixture.js'

test('one frame may always start when nothing is in flight, however large; a second needs credit', () => {
  const bed = opened()
  assert.ok(bed.send(1_000_000))
  assert.equal(bed.credit.inFlightBytes, 1_000_000)
  assert.equal(bed.send(1), false)
  assert.ok(bed.after(10).pong())
  assert.equal(bed.credit.inFlightBytes, 0)
  assert.ok(bed.send(1_000_000))
})

test('up to 16 KiB start at once, to the byte', () => {
  const bed = new CreditBench()
  bed.credit.open()
  assert.ok(bed.send(CREDIT_START_BYTES - 1))
  assert.equal(bed.send(2), false)
  assert.ok(bed.send(1))
})

test('the ping of the opening is clean: what stands behind it does not lengthen the known round trip', () => {
  const bed = new CreditBench()
  bed.credit.open()
  bed.send(10_000)
  assert.equal(bed.pings.length, 2)
  assert.ok(bed.after(10).pong(1))
  assert.equal(bed.credit.minRttMs, 10)
  assert.ok(bed.after(30).pong())
  assert.equal(bed.credit.minRttMs, 10)
})

test('a pong answers all older pings', () => {
  const bed = opened()
  for (let count = 0; count < 3; count += 1) bed.send(5_000)
  assert.equal(bed.pings.length, 4)
  assert.ok(bed.after(10).pong())
  assert.equal(bed.credit.inFlightBytes, 0)
  assert.equal(bed.pong(1), false)
  assert.equal(bed.pong(0), false, 'and itself only once')
})

test('a pong of an older ping acknowledges only what was sent before it', () => {
  const bed = opened()
  bed.send(4_000)
  bed.after(PING_MS_MIN).send(5_000)
  assert.ok(bed.pong(1))
  assert.equal(bed.credit.inFlightBytes, 5_000)
})

test('forged, foreign and malformed pongs change nothing', () => {
  const bed = opened()
  bed.send(10_000)
  const own = bed.pings.at(-1) as Buffer
  const future = Buffer.from(own)
  future.writeUInt32BE(own.readUInt32BE(4) + 1, 4)
  const forgeries = ['', 'TLK1', 'mine', 'TLK2\0\0\0\x02', 'x'.repeat(125)].map(text => Buffer.from(text, 'latin1'))
  for (const payload of [...forgeries, own.subarray(0, 7), Buffer.concat([own, own]), future, Buffer.alloc(8, 0xff)]) {
    assert.equal(bed.after(1).credit.onPong(payload, bed.nowMs), false)
  }
  assert.equal(bed.credit.inFlightBytes, 10_000)
  assert.equal(bed.send(10_000), false)
  assert.ok(bed.pong())
})

test('a ping follows when a quarter of the credit is used and more is wanted, or half of it is', () => {
  const bed = opened()
  const before = bed.pings.length
  bed.send(CREDIT_START_BYTES / 2 - 1)
  assert.equal(bed.pings.length, before + 1, 'the last ping is more than 10 ms ago')
  bed.pong()
  bed.after(1).send(CREDIT_START_BYTES / 2 - 1)
  assert.equal(bed.pings.length, before + 1, 'enough is left, no hurry')
  bed.send(1_000)
  assert.equal(bed.pings.length, before + 2)
})

test('who has to wait never waits for the timer: unacknowledged bytes are pinged at once', () => {
  const bed = opened()
  bed.send(2_000)
  const before = bed.pings.length
  assert.equal(bed.send(15_000), false)
  assert.equal(bed.pings.length, before + 1)
})

test('the timer pings books within one tick, a few trades within half a second, 64 KiB of them at once', () => {
  const bed = opened()
  bed.send(10)
  const before = bed.pings.length
  bed.after(TICK_MS).tick()
  assert.equal(bed.pings.length, before + 1)
  bed.pong()
  bed.credit.sentLossless(300)
  bed.credit.pingIfDue(bed.nowMs)
  bed.after(TICK_MS).tick()
  assert.equal(bed.pings.length, before + 1)
  bed.after(PING_TRADE_MS).tick()
  assert.equal(bed.pings.length, before + 2)
  bed.credit.sentLossless(PING_TRADE_BYTES)
  bed.credit.pingIfDue(bed.nowMs)
  assert.equal(bed.pings.length, before + 3)
})

test('after 20 s of silence a client is pinged, so that a quiet line is known to live', () => {
  const bed = opened()
  const before = bed.pings.length
  bed.after(KEEPALIVE_MS - 11).tick()
  assert.equal(bed.pings.length, before)
  bed.after(11).tick()
  assert.equal(bed.pings.length, before + 1)
})

test('every two seconds books wait one round trip for a clean ping; trades do not', () => {
  const bed = opened()
  bed.after(PROBE_MS).send(8_192)
  bed.after(10).pong()
  assert.equal(bed.send(100), false, 'probing')
  bed.credit.sentLossless(100)
  assert.equal(bed.credit.isOverrun, false)
  assert.ok(bed.after(12).pong())
  assert.equal(bed.credit.minRttMs, 10)
  assert.ok(bed.send(100))
})

test('any pong from the probe on ends probing, not only its own', () => {
  const bed = opened()
  bed.after(PROBE_MS).send(8_192)
  bed.after(10).pong()
  assert.equal(bed.send(100), false)
  bed.credit.sentLossless(PING_TRADE_BYTES)
  bed.credit.pingIfDue(bed.nowMs)
  assert.ok(bed.after(15).pong(0), 'the ping after the trades; the probe itself is never answered')
  assert.ok(bed.send(100))
})

test('nobody probes while something is in flight, nor earlier than after two seconds', () => {
  const bed = opened()
  bed.after(PROBE_MS).send(5_000)
  bed.after(PING_MS_MIN).send(5_000)
  bed.after(5).pong(1)
  assert.equal(bed.credit.inFlightBytes, 5_000)
  assert.ok(bed.send(5_000))
  const early = opened()
  early.after(PROBE_MS - 100).send(8_192)
  early.after(10).pong()
  assert.ok(early.send(8_192))
})
