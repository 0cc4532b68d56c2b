// The admin address is attacked from another process while trades flow: they are not late, memory is bounded, the process lives
// and the admin pages are served again afterwards.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCounters } from '@tradelane/shared/thread/counters'
import { type Attack, attack } from './test/attacker.js'
import { inTime, restartsIn, sleep, statusOf, stopped, untilAnswers } from './test/supervisor-fixture.js'
import { steadySupervisor, TradeWatch } from './test/trade-watch.js'

const ATTACK_S = 1.5
const SAMPLE_MS = 50
/**
 * Half of the trades are sent in less than a millisecond, and beside other tests in a few. The same attack on the gateway's own
 * port delays half of them by a quarter of a second, or all of them.
 */
const P50_MS_MAX = 100
/** Of one `/stat`: much more than the system takes for a connection that does not read. */
const STAT_BYTES = 16_000_000
/**
 * A few reports, one a second, are made and sent at a time, and 32 connections with what Node keeps for each take 3 MB. A copy for
 * each of 32 connections that do not read would take 512 MB.
 */
const GROWTH_BYTES_MAX = 150e6

const ATTACKS: readonly Attack[] = ['pipelining', 'unread', 'idle', 'slow', 'nonsense']

test('no attack on the admin address delays trades, and memory is bounded', { timeout: 120_000 }, async t => {
  const { supervisor, lanes, lines } = steadySupervisor({ ADMIN_NICE: '10' }, { statBytes: STAT_BYTES })
  const port = await supervisor.start()
  const adminPort = await inTime(supervisor.adminListening, 10_000, 'the admin pages')
  const watch = await TradeWatch.open(port)
  assert.equal(await statusOf(adminPort, '/stat'), 200)
  await sleep(500)
  const residentBytes = process.memoryUsage.rss()
  for (const kind of ATTACKS) {
    watch.lateness()
    let peakBytes = 0
    const sampling = setInterval(() => {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
    }, SAMPLE_MS)
    const { connects, chunks } = await attack(adminPort, kind, ATTACK_S)
    clearInterval(sampling)
    const { count, p50Ms, p99Ms, worstMs } = watch.lateness()
    const grownBytes = peakBytes - residentBytes
    t.diagnostic(
      `${kind}: ${connects} connections, ${chunks} chunks; ${count} trades, p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, ` +
        `worst ${worstMs.toFixed(1)} ms; ${(grownBytes / 1e6).toFixed(0)} MB`,
    )
    assert.ok(count > 0 && p50Ms <= P50_MS_MAX, `${kind}: half of ${count} trades came within ${p50Ms} ms`)
    assert.ok(grownBytes <= GROWTH_BYTES_MAX, `${kind}: ${grownBytes} bytes more`)
    await untilAnswers(adminPort)
  }
  const counters = readCounters(lanes.counters)
  const refusals = [counters.adminConnectionsCut + counters.adminRequestsLimited]
  refusals.push(counters.adminConnectionsRefused, counters.adminRequestsInvalid)
  assert.ok(!refusals.includes(0), `each kind of attack is counted: ${refusals}`)
  assert.deepEqual(restartsIn(lines), [], 'nothing had to be restarted')
  const adminLines = lines.filter(({ thread }) => thread === 'admin')
  assert.ok(adminLines.length <= 3 * ATTACKS.length, `one line per kind and interval, not ${adminLines.length}`)
  watch.close()
  await stopped(supervisor)
})
