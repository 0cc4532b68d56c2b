import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import type { Clock } from '../clock.js'
import { Connection, Outbox } from '../connection/connection.js'
import type { Market } from '../dialect.js'
import { DIALECTS } from '../dialects.js'
import { Journal } from '../journal.js'
import { Random } from '../market/random.js'
import { ImmediateSends } from '../sending/sends.js'
import { PAIRS } from '../test/venue-client.js'
import { Arrivals } from './arrivals.js'
import { Lateness } from './lateness.js'
import { needsCyclicBooks, type ScenarioName, scenarioOf } from './scenario.js'
import { type EventCounts, Schedule, zeroCounts } from './schedule.js'

const FIXED_CLOCK: Clock = { nowUs: () => 0, wallMs: us => Math.floor(us / 1e3) }

for (const [scenario, seconds, deltas] of [
  ['quiet', 20, DIALECTS.length * PAIRS.length],
  ['normal', 12, 900],
  ['burst', 8, (900 + 18_000) / 2],
  ['storm', 2, 30_000],
  ['overload', 1, 100_000],
] as const) {
  test(`${scenario}: the rates are those of the scenario, and every instrument has events of the rare kinds`, async () => {
    const { counts, lines, markets } = await play(scenario, seconds, 3)
    const perSecond = (kind: keyof EventCounts): number => counts[kind] / seconds
    assert.ok(Math.abs(perSecond('trade') / 100 - 1) < 0.15, `${perSecond('trade')} trades/s`)
    assert.ok(Math.abs(perSecond('delta') / deltas - 1) < 0.15, `${perSecond('delta')} deltas/s`)
    if (scenario !== 'quiet') {
      assert.ok(Math.abs(perSecond('quote') / 1_089 - 1) < 0.15, `${perSecond('quote')} quotes/s`)
      assert.ok(Math.abs((perSecond('liquidation') + perSecond('ticker')) / 10 - 1) < 0.15)
    }
    if (scenario !== 'normal') return
    const liquidated = new Set(lines.filter(line => line.startsWith('Q ')).map(line => line.split(' ', 3).join(' ')))
    const withLiquidations = markets.filter(market => market.hasLiquidations)
    assert.equal(liquidated.size, withLiquidations.length * PAIRS.length)
  })
}

test('the same seed gives the same journal, another seed a different one', async () => {
  const [first, again, other] = [await play('normal', 1, 7), await play('normal', 1, 7), await play('normal', 1, 8)]
  assert.ok(first.lines.length > 900)
  assert.deepEqual(again.lines, first.lines)
  assert.notDeepEqual(other.lines, first.lines)
})

test('subscribed books have the delta rate of the scenario, all others the pace of venues', async () => {
  const everywhere = await play('normal', 2, 5)
  assert.equal(productsWithDeltas(everywhere.lines).size, DIALECTS.length)
  assert.equal(everywhere.counts.backgroundDelta, 0)
  const { lines, counts } = await play('normal', 3, 5, { subscribesBooksOf: [1] })
  assert.equal(productsWithDeltas(lines.slice(lines.length >> 1)).size, DIALECTS.length, 'every product has deltas')
  const backgroundBooks = (DIALECTS.length - 1) * PAIRS.length
  assert.ok(Math.abs(counts.delta / 3 / 900 - 1) < 0.15, `${counts.delta / 3} deltas/s`)
  assert.ok(
    Math.abs(counts.backgroundDelta / 3 / (10 * backgroundBooks) - 1) < 0.2,
    `${counts.backgroundDelta / 3} background deltas/s`,
  )
  const subscribed = lines.filter(line => line.startsWith(`B ${DIALECTS[1]?.product} `)).length
  assert.ok(Math.abs(subscribed / 3 / 900 - 1) < 0.2, `${subscribed / 3} subscribed deltas/s`)
})

test('a book keeps its rate after its only subscriber was cut off', async () => {
  const { counts } = await play('normal', 3, 5, { subscribesBooksOf: [0], isCutOff: true })
  assert.ok(Math.abs(counts.delta / 3 / 900 - 1) < 0.15, `${counts.delta / 3} deltas/s`)
  assert.ok(counts.backgroundDelta > 0)
})

test('urgent events are trades and liquidations, and overtaking does not change their times', () => {
  const inOrder = scheduleOf(4)
  const overtaking = scheduleOf(4)
  const urgentTimes: number[] = []
  while (inOrder.nextUs() < 1e6) {
    const isUrgent = inOrder.nextUs() === inOrder.nextUrgentUs()
    if (isUrgent) urgentTimes.push(inOrder.nextUs())
    inOrder.fire()
  }
  for (const timeUs of urgentTimes) {
    assert.equal(overtaking.nextUrgentUs(), timeUs)
    overtaking.fireUrgent()
  }
  assert.ok(urgentTimes.length > 20)
  const { trade, liquidation } = inOrder.counts
  assert.deepEqual(overtaking.counts, { ...zeroCounts(), trade, liquidation })
})

test('another scenario has its rates from the change on', () => {
  const schedule = scheduleOf(6)
  while (schedule.nextUs() < 1e6) schedule.fire()
  const before = schedule.counts.delta
  schedule.change(scenarioOf('burst'), 1e6)
  while (schedule.nextUs() < 3e6) schedule.fire()
  assert.ok(Math.abs((schedule.counts.delta - before) / 2 / 900 - 1) < 0.15, 'the calm half comes first')
  while (schedule.nextUs() < 5e6) schedule.fire()
  assert.ok(Math.abs((schedule.counts.delta - before) / 4 / 9_450 - 1) < 0.15)
})

test('events without a time are refused', () => {
  let rate = 10
  const arrivals = new Arrivals({
    random: new Random(1),
    startUs: 0,
    clusterMax: 1,
    sweepChance: 0,
    ratePerSecond: () => rate,
  })
  const firstUs = arrivals.nextUs
  arrivals.advance()
  assert.ok(arrivals.nextUs > firstUs)
  rate = Number.NaN
  assert.throws(() => arrivals.advance(), /time never goes back/)
})

test('an overriding rate of deltas holds in every scenario', async () => {
  const { counts } = await play('burst', 3, 1, { deltaRate: 500 })
  assert.ok(Math.abs(counts.delta / 3 / 500 - 1) < 0.15, `${counts.delta / 3} deltas/s`)
})

test('an overriding rate of trades holds, and leaves the other rates', async () => {
  const { counts } = await play('normal', 3, 1, { tradeRate: 500 })
  assert.ok(Math.abs(counts.trade / 3 / 500 - 1) < 0.15, `${counts.trade / 3} trades/s`)
  assert.ok(Math.abs(counts.delta / 3 / 900 - 1) < 0.15, `${counts.delta / 3} deltas/s`)
})

async function play(
  name: ScenarioName,
  seconds: number,
  seed: number,
  options: { deltaRate?: number; tradeRate?: number; subscribesBooksOf?: readonly number[]; isCutOff?: boolean } = {},
): Promise<{ counts: EventCounts; lines: string[]; markets: readonly Market[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'venue-sim-'))
  const file = join(directory, 'journal.txt')
  const journal = await Journal.open(file)
  const hasCyclicBooks = needsCyclicBooks(name, options.deltaRate)
  // Every event is sent at its scheduled time.
  const clock: Clock = { nowUs: () => schedule?.nextUs() ?? 0, wallMs: FIXED_CLOCK.wallMs }
  let schedule: Schedule | undefined
  const common = { pairs: PAIRS, seed, clock, journal, timeScale: 1 }
  const context = { ...common, sends: new ImmediateSends(common.clock, new Lateness()), hasCyclicBooks }
  const markets = DIALECTS.map(dialect => dialect.createMarket(context))
  const scenario = scenarioOf(name, options.deltaRate, options.tradeRate)
  for (const index of options.subscribesBooksOf ?? []) subscribeBooks(markets[index]!, options.isCutOff ?? false)
  schedule = new Schedule({ seed, startUs: 0, scenario, markets, outbox: new Outbox() })
  while (schedule.nextUs() < seconds * 1e6) schedule.fire()
  await journal.close()
  const text = await readFile(file, 'latin1')
  await rm(directory, { recursive: true })
  return { counts: schedule.counts, lines: text.split('\n').filter(line => line !== ''), markets }
}

function scheduleOf(seed: number): Schedule {
  const common = { pairs: PAIRS, seed, clock: FIXED_CLOCK, journal: undefined, timeScale: 1, hasCyclicBooks: false }
  const markets = DIALECTS.map(dialect =>
    dialect.createMarket({ ...common, sends: new ImmediateSends(common.clock, new Lateness()) }),
  )
  return new Schedule({ seed, startUs: 0, scenario: scenarioOf('normal'), markets, outbox: new Outbox() })
}

function subscribeBooks({ topics }: Market, isCutOff: boolean): void {
  const socket = { readyState: WebSocket.CLOSED } as WebSocket
  const connection = new Connection('subscriber', socket, new PassThrough(), new Outbox())
  for (const topic of topics.all()) if (topic.feed === 'book') connection.subscribe(topic)
  if (isCutOff) connection.leave()
}

function productsWithDeltas(lines: readonly string[]): Set<string> {
  return new Set(lines.filter(line => line.startsWith('B ')).map(line => line.split(' ', 2)[1]!))
}
