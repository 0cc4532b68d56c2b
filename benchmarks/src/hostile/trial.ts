// One product under short attacks, one after the other, for tests: judged by what does not depend on the speed of the machine.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Percentiles } from '@tradelane/probe/latency'
import type { AttackRecord } from './attack-record.js'
import { Attackers } from './attackers.js'
import type { Blocks } from './block-figures.js'
import { Bystanders } from './bystanders.js'
import { ClientPeaks } from './client-peaks.js'
import { EXPECTATIONS } from './expectations.js'
import { defenceFaults, faultsOf } from './faults.js'
import { BLOCK_US_MAX, SENDS_BETWEEN_LOOKS_MAX } from './limits.js'
import { MemoryWatch } from './memory-watch.js'
import { type ProductCounters, readProductCounters, readProductReport, risen } from './product-counters.js'
import { Victim, type VictimOptions } from './victim.js'

export interface Trial {
  /** What was wrong; empty: the attack was borne. */
  readonly faults: readonly string[]
  readonly record: Omit<AttackRecord, 'pairs'>
  readonly blocks: Blocks
  readonly latency: Percentiles | null
}

const BYSTANDERS = 2
/** At least; until every defence was met that is expected. */
const ATTACK_MS = 600
/** On a busy machine an attack comes slowly. */
const ATTACK_MS_MAX = 8_000
const LOOK_MS = 100
const CALM_MS_MAX = 10_000
const TRADES_AFTER = 20
const TRADES_MS_MAX = 10_000
const WARM_UP_TRADES = 400
const WARM_UP_MS_MAX = 20_000
const LOG_MS_MAX = 60_000

export class TrialGround {
  readonly #options: VictimOptions
  readonly #attackers: Attackers
  #victim: Victim
  #bystanders: Bystanders

  private constructor(options: VictimOptions, attackers: Attackers, victim: Victim, bystanders: Bystanders) {
    this.#options = options
    this.#attackers = attackers
    this.#victim = victim
    this.#bystanders = bystanders
  }

  static async open(options: VictimOptions): Promise<TrialGround> {
    const { victim, bystanders } = await warmVictim(options)
    return new TrialGround(options, await Attackers.start(), victim, bystanders)
  }

  get url(): string {
    return this.#victim.url
  }

  /** Attacks for some seconds. `name`: whose expectations apply. */
  async attack(name: string, attacks: readonly string[], share: number): Promise<Trial> {
    const { doors, stream, counters } = this.#victim
    const logTrades = EXPECTATIONS[name]?.logTrades ?? 0
    await this.#bystanders.untilAllTrades(logTrades, LOG_MS_MAX)
    const before = await readProductCounters(counters)
    this.#victim.blocks.skip()
    this.#bystanders.takeLatency()
    const watch = new MemoryWatch(this.#victim.pid)
    await this.#attackers.begin({ names: attacks, doors, share, stream })
    await sleep(ATTACK_MS)
    const peaks = await this.#untilMet(name, before)
    const tallies = await this.#attackers.end()
    const blocks = await this.#victim.blocks.take(this.#victim.ended === null ? CALM_MS_MAX : 0)
    const memory = watch.stop()
    const counted = risen(before, await readProductCounters(counters))
    const { ended } = this.#victim
    const latency = this.#bystanders.takeLatency()
    const record = { name, memory, longestBlockUs: blocks.longestUs, counted, tallies, ended }
    const ownFaults = [...faultsOf(record), ...blockFaults(blocks), ...peaks.faults]
    const faults = [...ownFaults, ...(await this.#bystanderFaults())]
    if (this.#victim.ended !== null || this.#bystanders.faults.length > 0) await this.#startAgain()
    return { faults, record, blocks, latency }
  }

  /** Attacks on until every defence was met that is expected. */
  async #untilMet(name: string, before: ProductCounters | null): Promise<ClientPeaks> {
    const peaks = new ClientPeaks(name)
    const { counters } = this.#victim
    const deadlineMs = performance.now() + ATTACK_MS_MAX
    while (this.#victim.ended === null && performance.now() < deadlineMs) {
      const tallies = await this.#attackers.look()
      const report = await readProductReport(counters)
      peaks.look(report?.clients ?? [])
      const counted = risen(before, report?.counters ?? null)
      if (defenceFaults({ name, counted, tallies }).length === 0 && peaks.isComplete) break
      await sleep(LOOK_MS)
    }
    return peaks
  }

  async close(): Promise<void> {
    this.#bystanders.leave()
    await this.#attackers.stop()
    await this.#victim.stop()
  }

  /** Honest clients have lost nothing, get more trades, and another one is let in. */
  async #bystanderFaults(): Promise<readonly string[]> {
    const { url, headers } = this.#victim
    try {
      await this.#bystanders.untilTrades(TRADES_AFTER, TRADES_MS_MAX)
      const another = await Bystanders.connect(url, headers, 1)
      await another.untilTrades(1, TRADES_MS_MAX)
      another.leave()
      return [...this.#bystanders.faults, ...another.faults]
    } catch (error) {
      return [...this.#bystanders.faults, error instanceof Error ? error.message : String(error)]
    }
  }

  async #startAgain(): Promise<void> {
    this.#bystanders.leave()
    await this.#victim.stop()
    const { victim, bystanders } = await warmVictim(this.#options)
    this.#victim = victim
    this.#bystanders = bystanders
  }
}

/** With its code compiled, as far as honest clients make it run. */
async function warmVictim(options: VictimOptions): Promise<{ victim: Victim; bystanders: Bystanders }> {
  const victim = await Victim.start(options)
  try {
    const bystanders = await Bystanders.connect(victim.url, victim.headers, BYSTANDERS)
    await bystanders.untilTrades(WARM_UP_TRADES, WARM_UP_MS_MAX)
    return { victim, bystanders }
  } catch (error) {
    await victim.stop()
    throw error
  }
}

/** A turn has looks of its own, and ends soon all the same: sockets and health wait for it. */
function blockFaults({ longestUs, longestTurnUs, sendsBetweenLooks }: Blocks): string[] {
  const faults: string[] = []
  const limit = `(limit ${BLOCK_US_MAX / 1_000})`
  if (longestUs !== null && longestUs > BLOCK_US_MAX) {
    faults.push(`trades were not looked for during ${(longestUs / 1_000).toFixed(1)} ms ${limit}`)
  }
  if (longestTurnUs > BLOCK_US_MAX) faults.push(`a turn took ${(longestTurnUs / 1_000).toFixed(1)} ms ${limit}`)
  if (sendsBetweenLooks > SENDS_BETWEEN_LOOKS_MAX) {
    faults.push(`${sendsBetweenLooks} trades were sent without a look (limit ${SENDS_BETWEEN_LOOKS_MAX})`)
  }
  return faults
}
