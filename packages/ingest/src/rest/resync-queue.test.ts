import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Instrument, InstrumentId } from '@tradelane/shared/market/nouns'
import { RESYNC_BURST, RESYNCS_PER_S } from '../limits.js'
import { RecordedLog } from '../test/recorded-log.js'
import { BTC, ETH, TestLanes } from '../test/test-lanes.js'
import { RestError } from './rest-client.js'
import { ResyncQueue } from './resync-queue.js'

mock.timers.enable({ apis: ['setTimeout'] })

/** A desk whose resyncs are answered by the test and whose time is moved by hand. */
class Bench {
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  readonly asked: InstrumentId[] = []
  readonly open: { resolve: () => void; reject: (error: Error) => void }[] = []
  readonly desk: ResyncQueue
  nowMs = 0

  constructor() {
    this.desk = new ResyncQueue({
      name: 'binance',
      resync: ({ id }) => {
        this.asked.push(id)
        return new Promise((resolve, reject) => this.open.push({ resolve, reject }))
      },
      counters: this.lanes.counters,
      limitedLog: this.log.limitedLog,
      nowMs: () => this.nowMs,
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

test('one book at a time, in the order of the requests, and one that waits is asked for once', async () => {
  const bench = new Bench()
  for (const instrument of [BTC, ETH, ETH, BTC, ETH]) bench.desk.request(instrument)
  assert.deepEqual(bench.asked, [BTC.id])
  await bench.answer()
  assert.deepEqual(bench.asked, [BTC.id, ETH.id])
  await bench.answer()
  assert.deepEqual(bench.asked, [BTC.id, ETH.id, BTC.id], 'a request during its resync is a new one')
  await bench.answer()
  assert.equal(bench.open.length, 0)
})

test('after a burst the venue is asked no faster than agreed', async () => {
  const bench = new Bench()
  for (let id = 0; id < RESYNC_BURST + 4; id += 1) bench.desk.request(instrumentAt(id))
  for (let id = 0; id < RESYNC_BURST; id += 1) await bench.answer()
  assert.equal(bench.asked.length, RESYNC_BURST)
  await bench.pass(1_000 / RESYNCS_PER_S - 1)
  assert.equal(bench.asked.length, RESYNC_BURST)
  await bench.pass(1)
  assert.equal(bench.asked.length, RESYNC_BURST + 1)
  await bench.answer()
  await bench.pass(1_000 / RESYNCS_PER_S)
  assert.equal(bench.asked.length, RESYNC_BURST + 2)
})

test('a failure is told, counted and tried again, behind the others', async () => {
  const bench = new Bench()
  bench.desk.request(BTC)
  bench.desk.request(ETH)
  await bench.answer(new Error('connection reset'))
  assert.ok(bench.log.has(/could not be resynced.*BTCUSDT.*connection reset/))
  assert.equal(bench.lanes.count('restFailures'), 1)
  assert.equal(bench.asked.length, 1)
  await bench.pass(1_000)
  await bench.answer()
  assert.deepEqual(bench.asked, [BTC.id, ETH.id, BTC.id])
})

test('a venue that asked us to stop is left alone for as long', async () => {
  const bench = new Bench()
  bench.desk.request(BTC)
  await bench.answer(new RestError('banned', 120_000))
  bench.desk.request(ETH)
  await bench.pass(119_999)
  assert.deepEqual(bench.asked, [BTC.id])
  await bench.pass(1)
  assert.equal(bench.asked.length, 2)
})

test('after its end it asks for nothing', async () => {
  const bench = new Bench()
  bench.desk.request(BTC)
  bench.desk.request(ETH)
  bench.desk.close()
  await bench.answer()
  await bench.pass(60_000)
  assert.deepEqual(bench.asked, [BTC.id])
})
