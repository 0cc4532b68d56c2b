// Prints what idle clients cost the gateway, and how long trades take to ten others: `node benchmarks/dist/figures/idle-client-figures.js`.
// Idle clients either read all that they are sent, or nothing. Real time, real sockets on loopback, Linux; the clients are in a
// thread of their own and share the processors with the gateway. `CLIENTS=1000 node …` measures that number alone.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from '@tradelane/gateway/test/crowd'
import { GatewayUnderTest } from '@tradelane/gateway/test/gateway-fixture'
import { RawClient } from '@tradelane/gateway/test/raw-client'
import { Latency } from '@tradelane/probe/latency'
import { LookGaps } from './look-gaps.js'

const CLIENTS = process.env['CLIENTS'] === undefined ? [0, 500, 1_000, 5_000] : [Number(process.env['CLIENTS'])]
const PROBES = 10
const LOOK_GOAL_US = 1_000
const CLIENTS_MAX = 10_000
const INSTRUMENTS = 30
const WARM_MS = 3_000
const MEASURE_MS = 8_000
/** Events a second, all instruments together. */
const MARKETS = {
  quiet: { trades: 2, books: 0, tops: 0 },
  normal: { trades: 100, books: 900, tops: 1_089 },
} as const
const BOOK_BYTES = 3_000
const TOP_FILL = 'x'.repeat(200)
const US_PER_MS = 1_000
const NS_PER_MS = 1e6

/** Publishes what is due at the rates of a market. */
class Market {
  readonly #gateway: GatewayUnderTest
  readonly #rates: (typeof MARKETS)[keyof typeof MARKETS]
  readonly #startMs = performance.now()
  readonly #published = { trades: 0, books: 0, tops: 0 }

  constructor(gateway: GatewayUnderTest, rates: (typeof MARKETS)[keyof typeof MARKETS]) {
    this.#gateway = gateway
    this.#rates = rates
  }

  publish(): void {
    const gateway = this.#gateway
    this.#offer('trades', count => gateway.publishTrade(count % INSTRUMENTS, String(performance.now())))
    this.#offer('books', count => gateway.publishBook(count % INSTRUMENTS, count, BOOK_BYTES))
    this.#offer('tops', count => gateway.publishTop(count % INSTRUMENTS, count, TOP_FILL))
  }

  #offer(what: 'trades' | 'books' | 'tops', publish: (count: number) => void): void {
    const due = ((performance.now() - this.#startMs) / 1_000) * this.#rates[what]
    for (; this.#published[what] < due; this.#published[what] += 1) publish(this.#published[what])
  }
}

for (const clientCount of CLIENTS) {
  await measure(clientCount, true)
  if (clientCount > 0) await measure(clientCount, false)
}

async function measure(clientCount: number, isReading: boolean): Promise<void> {
  const lookGaps = new LookGaps()
  const options = { instrumentCount: INSTRUMENTS, retained: 20_000, isStandalone: true, ...lookGaps.options }
  const gateway = new GatewayUnderTest({ ...options, clientsMax: CLIENTS_MAX, clientRowsMax: CLIENTS_MAX })
  await gateway.start()
  for (let index = 0; index < INSTRUMENTS; index += 1) gateway.publishBook(index, 0, BOOK_BYTES)
  const crowd = clientCount > 0 ? await Crowd.join(gateway.port, clientCount, isReading) : undefined
  const trades = { latency: new Latency() }
  const onText = (text: string): void => {
    const sentMs = /"kind":"trade".*"text":"([\d.]+)"/.exec(text)?.[1]
    if (sentMs !== undefined) trades.latency.record((performance.now() - Number(sentMs)) * US_PER_MS)
  }
  const probes = Array.from({ length: PROBES }, () => new RawClient(gateway.port, { onText }))
  for (const [name, rates] of Object.entries(MARKETS)) {
    const market = new Market(gateway, rates)
    await run(market, WARM_MS)
    trades.latency = new Latency()
    lookGaps.clear()
    const startMs = performance.now()
    const startCpuMs = gatewayCpuMs(gateway)
    await run(market, MEASURE_MS)
    const ms = performance.now() - startMs
    const cpu = (gatewayCpuMs(gateway) - startCpuMs) / ms
    const [p50, p99] = [50, 99].map(percent => inMs(trades.latency.usAt(percent)))
    const [gapP50, gapP99, gapMax] = [50, 99, 100].map(percent => inMs(lookGaps.usAt(percent)))
    const longPerS = lookGaps.countFrom(LOOK_GOAL_US) / (ms / 1_000)
    process.stdout.write(
      `${clientCount} clients that read ${isReading ? 'all' : 'nothing'}, ${name}: ${(cpu * 100).toFixed(1)} % of a CPU; ` +
        `trades p50 ${p50}, p99 ${p99} ms; without a look p50 ${gapP50}, p99 ${gapP99}, at most ${gapMax} ms, ` +
        `${longPerS.toFixed(1)} a second above ${inMs(LOOK_GOAL_US)}\n`,
    )
  }
  for (const probe of probes) probe.close()
  await crowd?.leave()
  await gateway.stop()
}

async function run(market: Market, ms: number): Promise<void> {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs) {
    market.publish()
    await sleep(1)
  }
}

/** Of its thread. */
function gatewayCpuMs(gateway: GatewayUnderTest): number {
  const [runNs] = readFileSync(`/proc/self/task/${gateway.cell.threadId()}/schedstat`, 'latin1').split(' ')
  return Number(runNs) / NS_PER_MS
}

function inMs(us: number): string {
  return (us / US_PER_MS).toFixed(2)
}
