// The victim, the attackers, the plain listener and the honest clients, and one attack after another among them.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, forkChild } from '../run/child.js'
import { AskedProcess } from './asked-process.js'
import type { Doors } from './attack.js'
import type { Tallies } from './attack-process.js'
import type { AttackRecord, Pair } from './attack-record.js'
import { Attackers } from './attackers.js'
import type { CertificateFiles } from './certificate.js'
import type { HonestMessage, HonestRequest, WindowFigures } from './honest-process.js'
import { isVoid } from './judgement.js'
import { MemoryWatch } from './memory-watch.js'
import type { PlainListenerMessage } from './plain-listener-process.js'
import { readProductCounters, risen } from './product-counters.js'
import { Victim, type VictimOptions } from './victim.js'

export interface ArenaOptions {
  readonly victim: VictimOptions
  /** Of the plain listener's port with TLS. */
  readonly certificate: CertificateFiles
  readonly windowMs: number
  readonly pairCount: number
}

export interface AttackPlan {
  readonly name: string
  readonly attacks: readonly string[]
  readonly share: number
}

export const HONEST_CLIENTS = 10
/** Strangers have machines of their own: here they get what the measured processes leave. */
const ATTACKERS_NICE = 10
/** From the beginning of an attack to that of the window. */
const RAMP_MS = 250
/** Until code is compiled. */
const WARM_UP_MS = 4_000
/** Void pairs that are repeated, of all attacks: `npm run hostile` stays under ten minutes. */
const REPEATS_MAX = 6
/** What an attack has left behind is worked off before the next window. */
const CALM_MS_MAX = 8_000
const CALM_BLOCK_US_MAX = 10_000

export class Arena {
  readonly #options: ArenaOptions
  readonly #attackers: Attackers
  readonly #honest: AskedProcess<HonestRequest, HonestMessage>
  readonly #plain: Child
  readonly #plainDoors: Doors
  #victim: Victim
  #repeatsLeft = REPEATS_MAX

  private constructor(parts: {
    options: ArenaOptions
    attackers: Attackers
    honest: AskedProcess<HonestRequest, HonestMessage>
    plain: { child: Child; answer: PlainListenerMessage }
    victim: Victim
  }) {
    this.#options = parts.options
    this.#attackers = parts.attackers
    this.#honest = parts.honest
    this.#plain = parts.plain.child
    const { port, tlsPort } = parts.plain.answer
    const address = { host: '127.0.0.1', port }
    this.#plainDoors = { clients: address, admin: address, guarded: { ...address, port: tlsPort } }
    this.#victim = parts.victim
  }

  static async start(options: ArenaOptions): Promise<Arena> {
    const { certPath, keyPath } = options.certificate
    const victim = await Victim.start(options.victim)
    const attackers = await Attackers.start(ATTACKERS_NICE)
    const module = new URL('./plain-listener-process.js', import.meta.url)
    const plain = await forkChild(module, [certPath, keyPath], message => message as PlainListenerMessage)
    const honest = await AskedProcess.start<HonestRequest, HonestMessage>(
      new URL('./honest-process.js', import.meta.url),
      'the honest clients',
    )
    const arena = new Arena({ options, attackers, honest, plain, victim })
    await arena.#connect()
    return arena
  }

  /** All pairs of one attack. Where the product ended, the pairs so far, and another product is started. */
  async measure(plan: AttackPlan): Promise<AttackRecord> {
    const { pairCount, victim } = this.#options
    const before = await this.#counters()
    const watch = new MemoryWatch(this.#victim.pid)
    const pairs: Pair[] = []
    let validCount = 0
    let longestBlockUs: number | null = null
    let tallies: Tallies = {}
    while (validCount < pairCount && this.#victim.ended === null) {
      const isPlainFirst = pairs.length % 2 === 1
      const first = isPlainFirst ? await this.#window(plan, this.#plainDoors) : null
      this.#victim.blocks.skip()
      const product = await this.#window(plan, this.#victim.doors)
      longestBlockUs = greater(longestBlockUs, await this.#calm())
      tallies = product.tallies
      if (this.#victim.ended !== null) break
      const plain = first ?? (await this.#window(plan, this.#plainDoors))
      const pair = { product: product.figures, plain: plain.figures }
      pairs.push(pair)
      if (!isVoid(pair)) validCount += 1
      else if (this.#repeatsLeft > 0) this.#repeatsLeft -= 1
      else if (pairs.length >= pairCount) break
    }
    const memory = watch.stop()
    const { ended } = this.#victim
    const counted = ended === null ? risen(before, await this.#counters()) : {}
    if (ended !== null) {
      await this.#victim.stop()
      this.#victim = await Victim.start(victim)
    }
    // What honest clients lost is of this attack alone.
    if (ended !== null || pairs.some(({ product }) => product.faults.length > 0)) await this.#connect()
    return { name: plan.name, pairs, memory, longestBlockUs, counted, tallies, ended }
  }

  async stop(): Promise<void> {
    await this.#attackers.stop()
    await this.#honest.stop()
    await this.#plain.stop()
    await this.#victim.stop()
  }

  async #connect(): Promise<void> {
    const { url, headers, journal, sim } = this.#victim
    await this.#honest.ask({ type: 'connect', url, headers, clientCount: HONEST_CLIENTS, journal, sim }, 'connected')
    await sleep(WARM_UP_MS)
  }

  /** Honest clients of the product beside attackers on these doors. */
  async #window(plan: AttackPlan, doors: Doors): Promise<{ figures: WindowFigures; tallies: Tallies }> {
    const { attacks: names, share } = plan
    await this.#attackers.begin({ names, doors, share, stream: this.#victim.stream })
    await sleep(RAMP_MS)
    await this.#honest.ask({ type: 'open' }, 'opened')
    await sleep(this.#options.windowMs)
    const closing = this.#honest.ask({ type: 'close' }, 'window')
    const tallies = await this.#attackers.end()
    return { figures: (await closing).figures, tallies }
  }

  /** Waits until the gateway is back at its work. Resolves to the longest block so far. */
  async #calm(): Promise<number | null> {
    const deadlineMs = performance.now() + CALM_MS_MAX
    let longestUs: number | null = null
    while (this.#victim.ended === null && performance.now() < deadlineMs) {
      const blocks = await this.#victim.blocks.take(deadlineMs - performance.now())
      longestUs = greater(longestUs, blocks.longestUs)
      if (blocks.longestUs === null || blocks.longestUs < CALM_BLOCK_US_MAX) break
    }
    return longestUs
  }

  async #counters(): ReturnType<typeof readProductCounters> {
    return await readProductCounters(this.#victim.counters)
  }
}

function greater(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.max(one, other)
}
