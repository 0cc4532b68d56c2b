import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Instrument, InstrumentId } from '@tradelane/shared/market/nouns'
import { RESYNC_BURST, RESYNC_RETRY_MS_MAX, RESYNCS_PER_S } from '../limits.js'
import { RecordedLog } from '../test/recorded-log.js'
import { testEnvironment } from '../test/test-environment.js'
import { BTC, ETH, TestLanes } from '../test/test-lanes.js'
import { RestError } from './rest-client.js'
import { ResyncQueue } from './resync-queue.js'

mock.timers.enable({ apis: ['setTimeout'] })

/** A queue whose resyncs are answered by the test and whose clock the test moves. */
class Fixture {
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  readonly asked: InstrumentId[] = []
  readonly waits: boolean[] = []
  readonly open: { resolve: () => void; reject: (error: Error) => void }[] = []
  readonly queue: ResyncQueue
  nowMs = 0

  constructor() {
    const { counters } = this.lanes
    const environment = testEnvironment(this.lanes, { nowMs: () => this.nowMs })
    const context = { environment, counters, limitedLog: this.log.limitedLog }
    this.queue = new ResyncQueue(context, {
      productId: 'binance-futures',
      onWaiting: isWaiting => this.waits.push(isWaiting),
      resync: ({ id }) => {
        this.asked.push(id)
        return new Promise((resolve, reject) => this.open.push({ resolve, reject }))
      },
    })
  }

  async answer(error?: Error): Promise<void> {
    const { resolve, reject } = this.open.shift() ?? assert.fail('nothing is under way')
    if (error === undefined) resolve()
    else reject(error)
    await turn()
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms
    mock.timers.tick(ms)
    await turn()
  }
}

function instrumentAt(id: number): Instrument {
  return { ...BTC, id: id as InstrumentId }
}

test('one book at a time, in the order of the requests, and one that waits is requested once', async () => {
  const fixture = new Fixture()
  for (const instrument of [BTC, ETH, ETH, BTC, ETH]) fixture.queue.request(instrument)
  assert.deepEqual(fixture.asked, [BTC.id])
  await fixture.answer()
  assert.deepEqual(fixture.asked, [BTC.id, ETH.id])
  await fixture.answer()
  assert.deepEqual(fixture.asked, [BTC.id, ETH.id, BTC.id], 'a request during its resync is a new one')
  await fixture.answer()
  assert.equal(fixture.open.length, 0)
})

test('after a burst requests are no faster than the refill', async () => {
  const fixture = new Fixture()
  for (let id = 0; id < RESYNC_BURST + 4; id += 1) fixture.queue.request(instrumentAt(id))
  for (let id = 0; id < RESYNC_BURST; id += 1) await fixture.answer()
  assert.equal(fixture.asked.length, RESYNC_BURST)
  await fixture.pass(1_000 / RESYNCS_PER_S - 1)
  assert.equal(fixture.asked.length, RESYNC_BURST)
  await fixture.pass(1)
  assert.equal(fixture.asked.length, RESYNC_BURST + 1)
  await fixture.answer()
  await fixture.pass(1_000 / RESYNCS_PER_S)
  assert.equal(fixture.asked.length, RESYNC_BURST + 2)
})

test('a failure is logged, counted and retried alone, later each time, while the others go on', async () => {
  const fixture = new Fixture()
  fixture.queue.request(BTC)
  fixture.queue.request(ETH)
  await fixture.answer(new Error('connection reset'))
  assert.ok(fixture.log.has(/could not be resynced, retrying.*BTCUSDT.*connection reset/))
  assert.equal(fixture.lanes.count('snapshotFailures'), 1)
  await fixture.answer()
  assert.deepEqual(fixture.asked, [BTC.id, ETH.id])
  for (const pauseMs of [1_000, 2_000, 4_000]) {
    await fixture.pass(pauseMs - 1)
    assert.equal(fixture.open.length, 0)
    await fixture.pass(1)
    await fixture.answer(new Error('connection reset'))
  }
  assert.equal(fixture.asked.length, 5)
})

test('one that does not exist is left alone, without a line for what the host refuses', async () => {
  const fixture = new Fixture()
  fixture.queue.request(BTC)
  await fixture.answer(new RestError('absent', 'no such symbol'))
  await fixture.pass(RESYNC_RETRY_MS_MAX - 1)
  assert.deepEqual(fixture.asked, [BTC.id])
  fixture.queue.request(ETH)
  await fixture.answer(new RestError('refused', 'HTTP 403', 10_000))
  assert.ok(!fixture.log.has(/403/))
})

test('one that did not exist is resynced at once when it trades again', async () => {
  const fixture = new Fixture()
  fixture.queue.tradesAgain(BTC)
  assert.deepEqual(fixture.asked, [], 'without a request there is nothing to do')
  fixture.queue.request(BTC)
  await fixture.answer(new RestError('absent', 'no such symbol'))
  fixture.queue.request(BTC)
  await fixture.pass(1_000)
  assert.deepEqual(fixture.asked, [BTC.id])
  fixture.queue.tradesAgain(BTC)
  assert.deepEqual(fixture.asked, [BTC.id, BTC.id])
})

test('tells whether books wait, also during a pause of the host', async () => {
  const fixture = new Fixture()
  fixture.queue.request(BTC)
  fixture.queue.request(ETH)
  await fixture.answer(new RestError('withheld', 'no weight', 5_000))
  assert.equal(fixture.lanes.count('snapshotFailures'), 0)
  await fixture.pass(5_000)
  await fixture.answer()
  assert.deepEqual(fixture.waits, [true])
  await fixture.answer()
  assert.deepEqual(fixture.waits, [true, false])
})

test('a venue that asked us to stop gets no request for as long', async () => {
  const fixture = new Fixture()
  fixture.queue.request(BTC)
  await fixture.answer(new RestError('refused', 'banned', 120_000))
  fixture.queue.request(ETH)
  await fixture.pass(119_999)
  assert.deepEqual(fixture.asked, [BTC.id])
  await fixture.pass(1)
  assert.equal(fixture.asked.length, 2)
})

test('after its end it requests nothing', async () => {
  const fixture = new Fixture()
  fixture.queue.request(BTC)
  fixture.queue.request(ETH)
  fixture.queue.close()
  await fixture.answer()
  await fixture.pass(60_000)
  assert.deepEqual(fixture.asked, [BTC.id])
})
