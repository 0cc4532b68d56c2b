// When lists are requested, and what is believed of them, in virtual time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Decimal } from '@tradelane/shared/market/nouns'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import type { RestHost } from '../host/rest-host.js'
import { VenueHosts } from '../host/venue-hosts.js'
import type { InstrumentListPage } from '../rest/instrument-list-page.js'
import { RestClient } from '../rest/rest-client.js'
import { RecordedLog } from '../test/recorded-log.js'
import { contextOf } from '../test/test-context.js'
import { BYBIT_BTC, BYBIT_ETH, TestLanes } from '../test/test-lanes.js'
import { bybitLinear } from '../test/test-products.js'
import { ListFollower } from './list-follower.js'

type State = 'trading' | 'halted' | 'absent'

/** A venue whose list a test changes, and whose answer takes `answerMs`. */
class Fixture {
  readonly timers = new VirtualTimers()
  readonly log = new RecordedLog()
  readonly requestsMs: number[] = []
  /** By each list: `BTC trading ETH not-listed`. */
  readonly told: string[] = []
  readonly lateMs: number[] = []
  states: { btc: State; eth: State } = { btc: 'trading', eth: 'trading' }
  readonly #answerMs: number
  isFailing = false
  random = 0
  readonly host: RestHost
  readonly #follower: ListFollower

  constructor(answerMs = 0) {
    this.#answerMs = answerMs
    const lanes = new TestLanes()
    const context = contextOf(lanes, this.log)
    const environment = {
      ...context.environment,
      timers: this.timers,
      nowMs: () => this.timers.nowMs,
      random: () => this.random,
      lists: { read: async () => this.#page() },
    }
    const { timers } = this
    const hosts = new VenueHosts({ ...environment, limitedLog: this.log.limitedLog })
    this.host = hosts.rest(bybitLinear.depth.budget)
    const rest = new RestClient('http://venue', bybitLinear.depth.budget, {
      fetch: async (_url, { signal }) => {
        this.requestsMs.push(timers.nowMs)
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
          timers.setTimeout(resolve, this.#answerMs)
        })
        return { status: 200, ok: true, headers: { get: () => null }, body: new Response('{}').body }
      },
      timers,
      counters: lanes.counters,
      host: this.host,
    })
    this.#follower = new ListFollower(
      { ...context, environment },
      {
        product: bybitLinear,
        instruments: [BYBIT_BTC, BYBIT_ETH],
        rest,
        onList: states =>
          this.told.push(states.map(({ instrument, state }) => `${instrument.base} ${state}`).join(' ')),
        onLate: () => this.lateMs.push(timers.nowMs),
      },
    )
    void this.#follower.start()
  }

  async runUntil(seconds: number): Promise<void> {
    for (; this.timers.nowMs < seconds * 1_000; ) {
      await settle()
      this.timers.runUntil(this.timers.nowMs + 100)
    }
    await settle()
  }

  #page(): InstrumentListPage {
    if (this.isFailing) throw new Error('not as documented')
    const listed = [
      { symbol: 'BTCUSDT', state: this.states.btc },
      { symbol: 'ETHUSDT', state: this.states.eth },
    ].filter(({ state }) => state !== 'absent')
    return {
      listed: listed.map(({ symbol, state }) => ({
        symbol,
        isTrading: state === 'trading',
        contractValue: '1' as Decimal,
      })),
      examples: ['ETHUSDC'],
      entryCount: 100,
      nextCursor: null,
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await setImmediate()
}

test('while an instrument does not trade the list is read every half minute, otherwise every five', async () => {
  const fixture = new Fixture()
  fixture.states = { btc: 'trading', eth: 'halted' }
  await fixture.runUntil(70)
  assert.deepEqual(fixture.requestsMs.map(seconds), [0, 30, 60])
  fixture.states = { btc: 'trading', eth: 'trading' }
  await fixture.runUntil(900)
  assert.deepEqual(fixture.requestsMs.map(seconds).slice(3), [90, 390, 690])
  assert.equal(fixture.told[0], 'btc trading eth not-trading')
  assert.equal(fixture.told.at(-1), 'btc trading eth trading')
})

test('a list that takes 45 s is waited for, and used', async () => {
  const fixture = new Fixture(45_000)
  await fixture.runUntil(60)
  assert.deepEqual(fixture.requestsMs, [0])
  assert.deepEqual(fixture.lateMs.map(seconds), [3], 'what does not depend on it is not kept waiting')
  assert.deepEqual(fixture.told, ['btc trading eth trading'])
  assert.ok(fixture.log.has(/instrument list is late/))
})

test('a list that fails is requested again after pauses that double up to five minutes', async () => {
  const fixture = new Fixture()
  fixture.isFailing = true
  fixture.random = 0.999
  await fixture.runUntil(1_500)
  const pauses = fixture.requestsMs.slice(1).map((atMs, index) => seconds(atMs - fixture.requestsMs[index]!))
  assert.deepEqual(pauses.slice(0, 9), [4, 8, 16, 32, 64, 128, 256, 300, 300])
  assert.equal(fixture.lateMs.length, 1)
  fixture.isFailing = false
  await fixture.runUntil(1_900)
  assert.deepEqual(fixture.told, ['btc trading eth trading'])
})

test('a list that its host withholds is requested as soon as the host may be, however often that was', async () => {
  const fixture = new Fixture()
  fixture.random = 0.999
  for (let count = 0; count < 8; count += 1) {
    await fixture.runUntil(470 + 55 * count)
    fixture.host.refused('/snapshot', {
      refusalClass: 'too-often',
      retryAfterMs: 60_000,
      leastMs: 0,
      detail: 'HTTP 429',
    })
  }
  await fixture.runUntil(1_000)
  assert.deepEqual(fixture.requestsMs.map(seconds), [0, 240, 470 + 55 * 7 + 61])
})

test('pauses and intervals are shortened by chance', async () => {
  const fixture = new Fixture()
  fixture.isFailing = true
  await fixture.runUntil(3)
  assert.deepEqual(fixture.requestsMs.map(seconds), [0, 2])
  const awaiting = new Fixture()
  awaiting.random = 1
  awaiting.states = { btc: 'trading', eth: 'halted' }
  await awaiting.runUntil(25)
  assert.deepEqual(awaiting.requestsMs.map(seconds), [0, 24])
})

test('an instrument that is not listed is said once, with what is; it is asked for every minute', async () => {
  const fixture = new Fixture()
  fixture.states = { btc: 'trading', eth: 'absent' }
  await fixture.runUntil(190)
  assert.deepEqual(fixture.requestsMs.map(seconds), [0, 60, 120, 180])
  assert.deepEqual(new Set(fixture.told), new Set(['btc trading eth not-listed']))
  const lines = fixture.log.lines.filter(({ message }) => message.includes('not listed'))
  assert.equal(lines.length, 1)
  assert.match(String(lines[0]?.fields['accepted']), /a symbol that the venue lists, such as ETHUSDC/)
  assert.ok(!fixture.log.has(/the venue changed/), 'nothing is known of before')
})

test('an instrument is delisted when two lists in a row lack it', async () => {
  const fixture = new Fixture()
  await fixture.runUntil(1)
  fixture.states = { btc: 'trading', eth: 'absent' }
  await fixture.runUntil(301)
  fixture.states = { btc: 'trading', eth: 'trading' }
  await fixture.runUntil(640)
  fixture.states = { btc: 'trading', eth: 'absent' }
  await fixture.runUntil(970)
  const found = fixture.told.map(text => text.replace('btc trading eth ', ''))
  assert.deepEqual(found, ['trading', 'trading', 'trading', 'trading', 'trading', 'not-listed'])
  assert.ok(fixture.log.has(/the venue changed.*ETH.*its list says not-listed, before trading/))
})

function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}
