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
import { SentBytes } from './sent-bytes.js'
import { CreditFixture, openCredit } from './test/credit-fixture.js'

test('one frame of any size may start when nothing is in flight; a second needs credit', () => {
  const fixture = openCredit()
  assert.ok(fixture.send(1_000_000))
  assert.equal(fixture.credit.inFlightBytes, 1_000_000)
  assert.equal(fixture.send(1), false)
  assert.ok(fixture.after(10).pong())
  assert.equal(fixture.credit.inFlightBytes, 0)
  assert.ok(fixture.send(1_000_000))
})

test('exactly 16 KiB may start at once', () => {
  const fixture = new CreditFixture()
  fixture.credit.open()
  assert.ok(fixture.send(CREDIT_START_BYTES - 1))
  assert.equal(fixture.send(2), false)
  assert.ok(fixture.send(1))
})

test('the ping on open is clean: what is sent after it does not lengthen the measured round trip', () => {
  const fixture = new CreditFixture()
  fixture.credit.open()
  fixture.send(10_000)
  assert.equal(fixture.pings.length, 2)
  assert.ok(fixture.after(10).pong(1))
  assert.equal(fixture.credit.minRttMs, 10)
  assert.ok(fixture.after(30).pong())
  assert.equal(fixture.credit.minRttMs, 10)
})

test('a pong answers all older pings', () => {
  const fixture = openCredit()
  for (let count = 0; count < 3; count += 1) fixture.send(5_000)
  assert.equal(fixture.pings.length, 4)
  assert.ok(fixture.after(10).pong())
  assert.equal(fixture.credit.inFlightBytes, 0)
  assert.equal(fixture.pong(1), false)
  assert.equal(fixture.pong(0), false, 'and itself once')
})

test('a pong of an older ping acknowledges only what was sent before it', () => {
  const fixture = openCredit()
  fixture.send(4_000)
  fixture.after(PING_MS_MIN).send(5_000)
  assert.ok(fixture.pong(1))
  assert.equal(fixture.credit.inFlightBytes, 5_000)
})

test('forged, foreign and malformed pongs change nothing', () => {
  const fixture = openCredit()
  fixture.send(10_000)
  const own = fixture.pings.at(-1) as Buffer
  const future = Buffer.from(own)
  future.writeUInt32BE(own.readUInt32BE(4) + 1, 4)
  const forgeries = ['', 'TLK1', 'mine', 'TLK2\0\0\0\x02', 'x'.repeat(125)].map(text => Buffer.from(text, 'latin1'))
  for (const payload of [...forgeries, own.subarray(0, 7), Buffer.concat([own, own]), future, Buffer.alloc(8, 0xff)]) {
    assert.equal(fixture.after(1).credit.onPong(payload, fixture.nowMs), false)
  }
  assert.equal(fixture.credit.inFlightBytes, 10_000)
  assert.equal(fixture.send(10_000), false)
  assert.ok(fixture.pong())
})

test('a pong to the ping that should be next is guessed in vain', () => {
  const fixture = openCredit()
  for (let round = 0; round < 20; round += 1) {
    const last = fixture.pings.at(-1) as Buffer
    const guess = Buffer.from(last)
    guess.writeUInt32BE((last.readUInt32BE(4) + 1) >>> 0, 4)
    fixture.after(PING_MS_MIN).send(10_000)
    assert.equal(fixture.credit.onPong(guess, fixture.nowMs), false)
    assert.equal(fixture.credit.inFlightBytes, 10_000)
    assert.ok(fixture.pong())
  }
  const ids = fixture.pings.map(ping => ping.readUInt32BE(4))
  const steps = ids.slice(1).map((id, index) => (id - (ids[index] as number)) >>> 0)
  assert.ok(steps.length >= 20 && new Set(steps).size > steps.length - 2, `steps ${steps.join(', ')}`)
})

test('a ping follows a quarter of the credit when a frame waits, and half of it otherwise', () => {
  const fixture = openCredit()
  const before = fixture.pings.length
  fixture.send(CREDIT_START_BYTES / 2 - 1)
  assert.equal(fixture.pings.length, before + 1, 'the last ping is more than 10 ms ago')
  fixture.pong()
  fixture.after(1).send(CREDIT_START_BYTES / 2 - 1)
  assert.equal(fixture.pings.length, before + 1, 'enough credit is left')
  fixture.send(1_000)
  assert.equal(fixture.pings.length, before + 2)
})

test('a client that waits for credit is pinged at once, not by the timer', () => {
  const fixture = openCredit()
  fixture.send(2_000)
  const before = fixture.pings.length
  assert.equal(fixture.send(15_000), false)
  assert.equal(fixture.pings.length, before + 1)
})

test('the timer pings books within one tick, a few trades within half a second, 64 KiB of them at once', () => {
  const fixture = openCredit()
  fixture.send(10)
  const before = fixture.pings.length
  fixture.after(TICK_MS).tick()
  assert.equal(fixture.pings.length, before + 1)
  fixture.pong()
  fixture.credit.sentLossless(300)
  fixture.credit.markIfNeeded(fixture.nowMs)
  fixture.after(TICK_MS).tick()
  assert.equal(fixture.pings.length, before + 1)
  fixture.after(PING_TRADE_MS).tick()
  assert.equal(fixture.pings.length, before + 2)
  fixture.credit.sentLossless(PING_TRADE_BYTES)
  fixture.credit.markIfNeeded(fixture.nowMs)
  assert.equal(fixture.pings.length, before + 3)
})

test('the timer does not ping what follows a ping of a cork', () => {
  const fixture = openCredit()
  fixture.after(TICK_MS - 10).send(5_000)
  const before = fixture.pings.length
  fixture.after(1).send(10)
  fixture.after(9).tick()
  assert.equal(fixture.pings.length, before)
  fixture.after(TICK_MS).tick()
  assert.equal(fixture.pings.length, before + 1)
})

test('a quiet client is pinged every 20 s, so that a dead connection is noticed', () => {
  const fixture = openCredit()
  const before = fixture.pings.length
  fixture.after(KEEPALIVE_MS - 11).tick()
  assert.equal(fixture.pings.length, before)
  fixture.after(11).tick()
  assert.equal(fixture.pings.length, before + 1)
})

test('every two seconds books wait for one round trip to make room for a clean ping; trades do not', () => {
  const fixture = openCredit()
  fixture.after(PROBE_MS).send(8_192)
  fixture.after(10).pong()
  assert.equal(fixture.send(100), false, 'probing')
  fixture.credit.sentLossless(100)
  assert.equal(fixture.credit.isOverrun, false)
  assert.ok(fixture.after(12).pong())
  assert.equal(fixture.credit.minRttMs, 10)
  assert.ok(fixture.send(100))
})

test('any pong from the probe on ends probing, also without the one of the probe', () => {
  const fixture = openCredit()
  fixture.after(PROBE_MS).send(8_192)
  fixture.after(10).pong()
  assert.equal(fixture.send(100), false)
  fixture.credit.sentLossless(PING_TRADE_BYTES)
  fixture.credit.markIfNeeded(fixture.nowMs)
  assert.ok(fixture.after(15).pong(0), 'the ping after the trades; the probe itself stays unanswered')
  assert.ok(fixture.send(100))
})

test('no probe starts while bytes are in flight, or before two seconds have passed', () => {
  const fixture = openCredit()
  fixture.after(PROBE_MS).send(5_000)
  fixture.after(PING_MS_MIN).send(5_000)
  fixture.after(5).pong(1)
  assert.equal(fixture.credit.inFlightBytes, 5_000)
  assert.ok(fixture.send(5_000))
  const early = openCredit()
  early.after(PROBE_MS - 100).send(8_192)
  early.after(10).pong()
  assert.ok(early.send(8_192))
})

test('a pong that would acknowledge more than was sent is caught', t => {
  const { mark } = SentBytes.prototype
  t.mock.method(SentBytes.prototype, 'mark', function (this: SentBytes) {
    return mark.call(this) + 1
  })
  const fixture = new CreditFixture()
  fixture.credit.open()
  assert.throws(() => fixture.pong(), { name: 'AssertionError', message: 'acked bytes never exceed sent bytes' })
})

test('acknowledgements that go back, frames without bytes and pongs before their pings are caught', () => {
  const bytes = new SentBytes()
  bytes.send(10)
  assert.throws(() => bytes.send(0), { message: 'a frame that is sent has bytes' })
  bytes.acknowledge(bytes.mark())
  assert.throws(() => bytes.acknowledge(9), { message: 'acked bytes never go back' })
  const fixture = new CreditFixture()
  fixture.after(10).credit.open()
  fixture.nowMs = 9
  assert.throws(() => fixture.pong(), { message: 'no acknowledgement comes before its mark' })
})
