import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Activity, ActivityRing, ActivityRingReader } from '@tradelane/shared/trace/activity-ring'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { BREAKDOWN_US_MAX } from '../limits.js'
import { breakdownOf, type HopBreakdown } from './hop-breakdown.js'

const ZERO_US = 10_000_000

test('activities are cut to the hop and summed by name; nested ones cover their time once', () => {
  const { recorder, breakdown } = fixture()
  recorder.note(Activity.otherRead, 0, 1_000, 4)
  recorder.note(Activity.scavenge, 1_200, 1_500, 1)
  recorder.note(Activity.otherRead, 1_100, 1_600, 9)
  recorder.note(Activity.tradeRead, 1_900, 2_400, 2)
  const decode = breakdown(500, 2_000)
  assert.deepEqual(decode, {
    hop: 'decode',
    us: 1_500,
    thread: 'ingest',
    doing: [
      { activity: 'otherRead', times: 2, us: 1_000, longestUs: 1_000, items: 13 },
      { activity: 'scavenge', times: 1, us: 300, longestUs: 300, items: 1 },
      { activity: 'tradeRead', times: 1, us: 100, longestUs: 500, items: 2 },
    ],
    otherUs: 400,
    isComplete: true,
  })
})

test('a wait for a CPU is an upper bound within the hop, and covers none of it', () => {
  const { recorder, breakdown } = fixture()
  recorder.note(Activity.cpuWait, 0, 50_000, 7_000)
  const long = breakdown(10_000, 30_000)
  assert.deepEqual([long.doing[0]?.us, long.doing[0]?.items, long.otherUs], [7_000, 7_000, 20_000])
  assert.equal(breakdown(10_000, 12_000).doing[0]?.us, 2_000)
})

test('of a very long hop only the end is examined, and the breakdown is incomplete', () => {
  const { recorder, breakdown } = fixture()
  recorder.note(Activity.majorGc, 0, 1_000, 1)
  recorder.note(Activity.majorGc, 900_000, 901_000, 1)
  const { us, doing, isComplete } = breakdown(0, 1_000_000)
  assert.ok(BREAKDOWN_US_MAX < 900_000)
  assert.deepEqual([us, doing[0]?.times, isComplete], [1_000_000, 1, false])
})

/** Activities of ingest, and the `decode` hop of a trade that was read and logged at the given times. */
function fixture(): { recorder: ActivityRing; breakdown: (readUs: number, loggedUs: number) => HopBreakdown } {
  const traces = createTraces(2)
  const ingest = { role: 'ingest', activities: new ActivityRingReader(traces, 0) }
  const gateway = { role: 'gateway-0', activities: new ActivityRingReader(traces, 1) }
  class Recorder extends ActivityRing {
    override note(activity: Activity, startUs: number, endUs: number, items: number): void {
      super.note(activity, ZERO_US + startUs, ZERO_US + endUs, items)
    }
  }
  return {
    recorder: new Recorder(traces, 0),
    breakdown: (readUs, loggedUs) => {
      const [read, logged] = [ZERO_US + readUs, ZERO_US + loggedUs]
      const [, decode] = breakdownOf([read, read, logged, logged, logged], ingest, gateway)
      return decode as HopBreakdown
    },
  }
}
