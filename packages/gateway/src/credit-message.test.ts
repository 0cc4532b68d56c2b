// `credit.ts` with a client that acknowledges frames by their numbers (`?ack=1`).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CREDIT_MAX_BYTES,
  CREDIT_MIN_BYTES,
  CREDIT_START_BYTES,
  KEEPALIVE_MS,
  MARKS_MAX,
  NO_PONG_MS,
  PACED_BYTES_PER_S,
  PROBE_BYTES_MAX,
  PROBE_MS,
  PROBE_WAIT_MS,
  TICK_MS,
  UNACKNOWLEDGED_BYTES_MAX,
} from './limits.js'
import { AckFixture, openAckCredit, openCredit } from './test/credit-fixture.js'

test('an acknowledgement frees the credit of all frames up to its number, and of no later one', () => {
  const fixture = openAckCredit()
  for (let count = 0; count < 4; count += 1) fixture.send(4_000)
  assert.equal(fixture.send(4_000), false)
  assert.ok(fixture.after(10).ack(1))
  assert.equal(fixture.credit.inFlightBytes, 4_000)
  assert.ok(fixture.ack())
  assert.equal(fixture.credit.inFlightBytes, 0)
  assert.equal(fixture.credit.unacknowledgedBytes, 0)
})

test('only a whole number above the last one and not above the newest frame is an acknowledgement', () => {
  const fixture = openAckCredit()
  fixture.send(8_000)
  fixture.send(8_000)
  const newest = fixture.numbers.last
  for (const number of [0, -1, 1, newest + 1, 2 ** 53, Infinity, Number.NaN, newest - 0.5]) {
    assert.equal(fixture.credit.onAcknowledged(number, fixture.nowMs), false, `${number}`)
  }
  assert.equal(fixture.credit.inFlightBytes, 16_000)
  assert.ok(fixture.ack())
  assert.equal(fixture.ack(), false, 'once')
  assert.equal(fixture.ack(1), false, 'never back')
})

test('a client that answers pings cannot acknowledge by message', () => {
  const fixture = openCredit()
  fixture.send(8_000)
  assert.equal(fixture.credit.onAcknowledged(1, fixture.nowMs), false)
  assert.equal(fixture.credit.inFlightBytes, 8_000)
})

test('a sample is as old as its frame, not as the timer or the acknowledgement of a later frame makes it', () => {
  const fixture = openAckCredit()
  assert.equal(fixture.credit.minRttMs, 10)
  fixture.send(500)
  for (let tick = 0; tick < 4; tick += 1) fixture.after(TICK_MS).tick()
  fixture.send(500)
  fixture.after(7).ack()
  assert.equal(fixture.credit.minRttMs, 7, 'of the second frame')
  fixture.send(500)
  fixture.after(200).tick()
  fixture.after(5).ack()
  assert.equal(fixture.credit.minRttMs, 7, 'no mark was made when the timer came')
})

test('an acknowledged trade alone shows a shorter path, but no room for books', () => {
  const fixture = openAckCredit()
  fixture.sendTrades()
  fixture.send(CREDIT_START_BYTES)
  assert.equal(fixture.send(6_000), false)
  fixture.after(4).ack(1)
  assert.equal(fixture.credit.minRttMs, 4)
  assert.equal(fixture.credit.creditBytes, CREDIT_START_BYTES)
  fixture.after(1).ack()
  assert.ok(fixture.credit.creditBytes > CREDIT_START_BYTES, 'that of the book does')
})

test('pongs mean nothing, not even those of keepalive pings, which are sent all the same', () => {
  const fixture = openAckCredit()
  fixture.send(8_000)
  assert.equal(fixture.pings.length, 0)
  fixture.after(KEEPALIVE_MS - 10).tick()
  assert.equal(fixture.pings.length, 1)
  const [ping] = fixture.pings as [Buffer]
  assert.ok(fixture.credit.onPong(ping, fixture.nowMs), 'it answers a ping of ours')
  assert.equal(fixture.credit.onPong(ping, fixture.nowMs), false, 'once')
  assert.equal(fixture.credit.onPong(Buffer.from('TLK1\0\0\0\x02', 'latin1'), fixture.nowMs), false)
  assert.equal(fixture.credit.inFlightBytes, 8_000)
  fixture.after(KEEPALIVE_MS).tick()
  assert.equal(fixture.pings.length, 2)
})

test('a client that acknowledges nothing is paced, whatever pongs it sends; its first acknowledgement ends that', () => {
  const fixture = new AckFixture()
  while (fixture.send(1_000));
  assert.equal(fixture.credit.inFlightBytes, CREDIT_START_BYTES - (CREDIT_START_BYTES % 1_000))
  fixture.after(NO_PONG_MS + 1).tick()
  fixture.credit.onPong(Buffer.from('TLK1\0\0\0\x01', 'latin1'), fixture.nowMs)
  assert.ok(fixture.credit.isSilent(fixture.nowMs))
  assert.equal(fixture.credit.hasAnswered, false)
  let bytes = 0
  const SECONDS = 10
  for (let tick = 0; tick < (SECONDS * 1_000) / TICK_MS; tick += 1) {
    fixture.after(TICK_MS).tick()
    while (fixture.send(1_000)) bytes += 1_000
  }
  assert.ok(Math.abs(bytes / SECONDS - PACED_BYTES_PER_S) < 0.15 * PACED_BYTES_PER_S, `${bytes / SECONDS} B/s`)
  assert.ok(fixture.ack())
  assert.equal(fixture.credit.isSilent(fixture.nowMs), false)
  assert.equal(fixture.credit.inFlightBytes, 0)
})

test('its lag is the age of the oldest frame that it has not acknowledged', () => {
  const fixture = openAckCredit()
  assert.equal(fixture.credit.lagMs(fixture.nowMs), 0)
  fixture.send(1_000)
  fixture.after(30).send(1_000)
  fixture.after(40)
  assert.equal(fixture.credit.lagMs(fixture.nowMs), 70)
  fixture.ack(1)
  assert.equal(fixture.credit.lagMs(fixture.nowMs), 40)
  fixture.ack()
  assert.equal(fixture.credit.lagMs(fixture.nowMs), 0)
})

test('the acknowledgement of the newest frame covers frames that have no mark, such as a gap', () => {
  const fixture = openAckCredit()
  fixture.sendServerFrame(120)
  fixture.after(KEEPALIVE_MS).tick()
  assert.equal(fixture.credit.unacknowledgedBytes, 120)
  assert.ok(fixture.ack())
  assert.equal(fixture.credit.unacknowledgedBytes, 0)
})

test('every two seconds books wait for the round trip of one small frame, state or a trade', () => {
  for (const probe of [
    (fixture: AckFixture) => assert.ok(fixture.send(PROBE_BYTES_MAX)),
    (fixture: AckFixture) => fixture.sendTrades(),
  ]) {
    const fixture = probing()
    assert.equal(fixture.send(PROBE_BYTES_MAX + 1), false, 'its own transmission would pass for a longer path')
    probe(fixture)
    assert.equal(fixture.send(100), false, 'the probe is on its way')
    fixture.sendTrades()
    assert.ok(fixture.after(9).ack(1))
    assert.equal(fixture.credit.minRttMs, 9)
    assert.ok(fixture.send(100))
  }
})

test('where no small frame comes, a large one is the probe; trades in bulk are none', () => {
  const fixture = probing()
  fixture.sendTrades(100)
  fixture.after(PROBE_WAIT_MS - 1)
  assert.equal(fixture.send(6_000), false)
  assert.ok(fixture.after(1).send(6_000))
  assert.equal(fixture.send(100), false)
  assert.ok(fixture.after(10).ack())
  assert.ok(fixture.send(100))
})

test('an acknowledgement of a frame before the probe does not end it', () => {
  const fixture = openAckCredit()
  fixture.sendTrades()
  fixture.after(PROBE_MS).send(8_000)
  fixture.sendTrades()
  fixture.after(10).ack(1)
  assert.equal(fixture.send(PROBE_BYTES_MAX + 1), false, 'the probe waits for a small frame')
  assert.ok(fixture.ack(), 'a trade that was sent before the probe began')
  assert.ok(fixture.send(500))
  assert.equal(fixture.send(500), false)
})

test('more frames than marks are acknowledged less exactly, but all are', () => {
  const fixture = openAckCredit()
  for (let count = 0; count < MARKS_MAX + 100; count += 1) fixture.sendTrades(1, 100)
  assert.ok(fixture.after(10).ack(100 + MARKS_MAX - 10))
  assert.equal(fixture.credit.unacknowledgedBytes, (MARKS_MAX + 100 - 10) * 100)
  assert.ok(fixture.ack(50))
  assert.equal(fixture.credit.unacknowledgedBytes, 101 * 100, 'of the frames whose marks became one')
  fixture.sendTrades(1, 100)
  assert.ok(fixture.ack())
  assert.equal(fixture.credit.unacknowledgedBytes, 0)
})

test('1 MiB unacknowledged, trades included, is the limit', () => {
  const fixture = openAckCredit()
  for (let cork = 0; cork < 10; cork += 1) fixture.sendTrades(10, UNACKNOWLEDGED_BYTES_MAX / 100 + 1)
  assert.ok(fixture.credit.isOverrun)
  assert.ok(fixture.ack(50))
  assert.equal(fixture.credit.isOverrun, false)
})

type Act = readonly [act: 'book' | 'trades' | 'gap' | 'wait' | 'tick' | 'ack' | 'wild' | 'pong', size: number]
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.tuple(
    fc.constantFrom('book', 'book', 'book', 'trades', 'gap', 'wait', 'tick', 'ack', 'ack', 'wild', 'pong'),
    fc.nat(10_000),
  ),
  { minLength: 50, maxLength: 400 },
)

test('no order of frames and acknowledgements, true or hostile, breaks the account or lifts credit above its limit', () => {
  fc.assert(
    fc.property(acts, all => {
      const fixture = new AckFixture()
      let [acked, sentBytes] = [0, 150]
      for (const [act, size] of all) {
        const { credit, numbers } = fixture
        switch (act) {
          case 'book':
            if (fixture.send(size + 1)) sentBytes += size + 1
            break
          case 'trades':
            fixture.sendTrades(1 + (size % 20))
            sentBytes += (1 + (size % 20)) * 300
            break
          case 'gap':
            fixture.sendServerFrame(100)
            sentBytes += 100
            break
          case 'wait':
            fixture.after(size % 500)
            break
          case 'tick':
            fixture.after(TICK_MS).tick()
            break
          case 'pong':
            if (fixture.pings.length > 0)
              credit.onPong(fixture.pings[size % fixture.pings.length] as Buffer, fixture.nowMs)
            break
          default: {
            // Anything around what was sent; `ack` is always valid, unless all is acknowledged.
            const number =
              act === 'ack' ? acked + 1 + (size % Math.max(1, numbers.last - acked)) : numbers.last + 20 - (size % 300)
            const isValid = number > acked && number <= numbers.last
            assert.equal(
              credit.onAcknowledged(number, fixture.nowMs),
              isValid,
              `${number} of ${acked}..${numbers.last}`,
            )
            if (isValid) acked = number
          }
        }
        const { inFlightBytes, unacknowledgedBytes, creditBytes } = credit
        assert.ok(inFlightBytes >= 0 && inFlightBytes <= unacknowledgedBytes && unacknowledgedBytes <= sentBytes)
        assert.ok(creditBytes >= CREDIT_MIN_BYTES && creditBytes <= CREDIT_MAX_BYTES)
        if (acked === numbers.last) assert.equal(unacknowledgedBytes, 0)
      }
    }),
    { numRuns: 300 },
  )
})

/** Two seconds after the last probe, with nothing in flight. */
function probing(): AckFixture {
  const fixture = openAckCredit()
  fixture.after(PROBE_MS).send(8_000)
  assert.ok(fixture.after(10).ack())
  return fixture
}
