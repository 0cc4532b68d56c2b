// More connections than the process may have files: what clients take must not be missing for the venues.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PRODUCTS } from '@tradelane/venues/registry'
import { commandSimulator } from '../run/simulator-process.js'
import type { Tallies } from './attack-process.js'
import { Attackers } from './attackers.js'
import { Bystanders } from './bystanders.js'
import { Victim } from './victim.js'

const DESCRIPTORS = 256
/** On a busy machine attackers come slowly. */
const ATTACK_MS_MAX = 10_000
/** Connections, with those that only wait to be accepted, and refusals: as many have none left to take. */
const ATTEMPTS = 2 * DESCRIPTORS
/** Venues are connected again after their backoff, one after the other. */
const RECONNECTED_MS_MAX = 10_000
const POLL_MS = 50
const OPEN_MS_MAX = 20_000
/** No latency is judged. */
const NOT_WARMED = { WARM_UP_MS: '0' }
const TRADES = 100
/** How long it is looked at. */
const FULL_MS = 1_000
/** Of that time: the processor time of the gateway between its turns. Accepting in vain takes all of it. */
const BETWEEN_SHARE_MAX = 0.5

let attackers: Attackers
let victim: Victim
let honest: Bystanders
before(async () => {
  attackers = await Attackers.start()
  victim = await Victim.start({
    scenario: 'quiet',
    tradeRate: 100,
    seed: 1,
    descriptorsMax: DESCRIPTORS,
    env: NOT_WARMED,
  })
  honest = await Bystanders.connect(victim.url, victim.headers, 2)
})
after(async () => {
  honest.leave()
  await attackers.stop()
  await victim.stop()
})

for (const name of ['idle-sockets', 'slow-requests', 'idle-clients']) {
  test(`${name} with ${DESCRIPTORS} descriptors: venues are connected again, honest clients lose nothing`, async t => {
    await untilPortOpen()
    await honest.untilTrades(TRADES, RECONNECTED_MS_MAX)
    const topicCount = await topics()
    await attackers.begin({ names: [name], doors: victim.doors, share: 1, stream: victim.stream })
    const beginMs = performance.now()
    while (attemptsOf(await attackers.look()) < ATTEMPTS && performance.now() - beginMs < ATTACK_MS_MAX) {
      await sleep(POLL_MS)
    }
    victim.blocks.skip()
    const fullMs = performance.now()
    await sleep(FULL_MS)
    const { betweenUs } = await victim.blocks.take(RECONNECTED_MS_MAX)
    const share = betweenUs / 1_000 / (performance.now() - fullMs)
    for (const { id } of PRODUCTS) await commandSimulator(victim.sim, `cut?product=${id}`)
    const cutMs = performance.now()
    while ((await topics()) < topicCount && performance.now() - cutMs < RECONNECTED_MS_MAX) await sleep(POLL_MS)
    const reconnectedMs = performance.now() - cutMs
    const tallies = await attackers.end()
    t.diagnostic(
      `${(share * 100).toFixed(0)} % of a processor between turns; ` +
        `${await topics()} of ${topicCount} topics ${reconnectedMs.toFixed(0)} ms after the cut; ${JSON.stringify(tallies)}`,
    )
    assert.equal(victim.ended, null)
    // On a busy machine the last ones of a start may have come meanwhile.
    assert.ok((await topics()) >= topicCount)
    assert.ok(share <= BETWEEN_SHARE_MAX, `${share} of a processor`)
    await honest.untilTrades(TRADES, RECONNECTED_MS_MAX)
    // What venues sent during the cut is missing there, and reported; in the log nothing is.
    assert.deepEqual(honest.faults, [])
  })
}

function attemptsOf(tallies: Tallies): number {
  return Object.values(tallies).reduce((sum, { connections, refused }) => sum + connections + refused, 0)
}

/** After an attack it is closed until its connections are gone. */
async function untilPortOpen(): Promise<void> {
  const health = `${victim.url.replace(/^ws/, 'http')}/healthz`
  const deadlineMs = performance.now() + OPEN_MS_MAX
  while ((await fetch(health).catch(() => null))?.status !== 200) {
    assert.ok(performance.now() < deadlineMs, `the port is still closed after ${OPEN_MS_MAX} ms`)
    await sleep(POLL_MS)
  }
}

async function topics(): Promise<number> {
  const answer = await fetch(`${victim.sim}/control/stats`)
  const { topics: ofProduct } = (await answer.json()) as { topics: Record<string, number> }
  return Object.values(ofProduct).reduce((sum, count) => sum + count, 0)
}
