// A client behind an intermediary that answers pings by itself: pongs prove nothing about it. With ?ack=1 it acknowledges what it
// has read, and its trades stay in front of state and books.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Latency } from '@tradelane/probe/latency'
import WebSocket from 'ws'
import { AnsweringProxy } from '../network/answering-proxy.js'
import { Victim } from './victim.js'

/** Trades are a third of it; state and books are ten times as much. */
const BYTES_PER_S = 100_000
const TRADES_PER_S = 100
const FILLING_MS = 3_000
const WINDOW_MS = 2_000
/** A third of what it is with credit by pongs, and ten times of what it is with acknowledgements on an idle machine. */
const P50_MS_MAX = 1_000
const US_PER_MS = 1_000

let victim: Victim
let proxy: AnsweringProxy
before(async () => {
  // Its code is compiled while the intermediary fills up.
  victim = await Victim.start({
    scenario: 'normal',
    tradeRate: TRADES_PER_S,
    seed: 1,
    env: { WARM_UP_MS: '0' },
    hasBlockMeter: false,
  })
  proxy = await AnsweringProxy.listen(victim.url, BYTES_PER_S)
})
after(async () => {
  proxy.close()
  await victim.stop()
})

test('with ?ack=1 its trades do not wait behind what the intermediary has taken', async t => {
  const client = new WebSocket(`${proxy.url}/?ack=1`, { perMessageDeflate: false, autoPong: false })
  const latency = new Latency()
  let isMeasured = false
  let frameCount = 0
  client.on('message', (bytes: Buffer) => {
    const frame = JSON.parse(bytes.toString()) as { kind?: string; n?: number; time_received?: string }
    frameCount += 1
    if (frame.n !== undefined) client.send(JSON.stringify({ op: 'ack', n: frame.n }))
    if (frame.kind !== 'trade' || !isMeasured) return
    latency.record((performance.timeOrigin + performance.now() - Date.parse(String(frame.time_received))) * US_PER_MS)
  })
  await sleep(FILLING_MS)
  isMeasured = true
  await sleep(WINDOW_MS)
  const { p50Us, maxUs, count } = latency.percentiles() ?? { p50Us: 0, maxUs: 0, count: 0 }
  t.diagnostic(`${count} trades: p50 ${p50Us / US_PER_MS} ms, max ${maxUs / US_PER_MS} ms; ${frameCount} frames`)
  assert.equal(client.readyState, WebSocket.OPEN)
  client.terminate()
  assert.ok(count > 0, 'trades come')
  assert.ok(p50Us < P50_MS_MAX * US_PER_MS, `p50 ${p50Us / US_PER_MS} ms`)
})
