// Runs the turns of one thread's agent as its runner would: soon after a ring of its bell, again while there is work, and at the
// agent's deadline. The bell word in shared memory shows that it was rung.

import assert from 'node:assert/strict'
import type { Agent } from '@tradelane/shared/thread/agent'
import type { ThreadCell } from '@tradelane/shared/thread/parking'
import { PARK_MS_MAX } from '@tradelane/shared/thread/runner'
import type { SeededRandom } from './seeded-random.js'
import type { ScheduledEvent, VirtualTime } from './virtual-time.js'

export interface VirtualThreadOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly cell: ThreadCell
  readonly agent: Agent
  /** From a turn with work to the next one. */
  readonly restUs: number
}

/** From the bell to the turn; rarely much longer. */
const WAKE_US_MIN = 20
const WAKE_US_MAX = 120
const LATE_WAKE_CHANCE = 0.002
const LATE_WAKE_US_MAX = 8_000

export class VirtualThread {
  turnCount = 0
  readonly #options: VirtualThreadOptions
  #agent: Agent
  #seenBell: number
  #next: ScheduledEvent | undefined
  #hungUntilUs = 0
  #isTurning = false

  constructor(options: VirtualThreadOptions) {
    this.#options = options
    this.#agent = options.agent
    this.#seenBell = options.cell.bell()
    this.wake()
  }

  /** To be called after each event: schedules a turn if the bell was rung. */
  look(): void {
    const bell = this.#options.cell.bell()
    if (bell === this.#seenBell) return
    this.#seenBell = bell
    this.wake()
  }

  /** Schedules a turn soon. */
  readonly wake = (): void => {
    const { random } = this.#options
    const isLate = random.fraction() < LATE_WAKE_CHANCE
    this.#turnIn(random.between(WAKE_US_MIN, isLate ? LATE_WAKE_US_MAX : WAKE_US_MAX))
  }

  /** As after a crash: a new agent on the same lanes. */
  restart(agent: Agent): void {
    this.#agent = agent
    this.wake()
  }

  /** No turn before then. */
  hangUntil(atUs: number): void {
    this.#hungUntilUs = Math.max(this.#hungUntilUs, atUs)
  }

  #turnIn(us: number): void {
    const { time } = this.#options
    const atUs = Math.max(time.nowUs() + us, this.#hungUntilUs)
    if (this.#next !== undefined && this.#next.atUs <= atUs) return
    time.cancel(this.#next)
    this.#next = time.at(atUs, this.#turn)
  }

  readonly #turn = (): void => {
    const { time, cell, restUs } = this.#options
    this.#next = undefined
    if (time.nowUs() < this.#hungUntilUs) {
      this.#turnIn(0)
      return
    }
    assert(!this.#isTurning, 'a turn is never nested')
    this.#isTurning = true
    this.turnCount += 1
    cell.beat()
    this.#seenBell = cell.bell()
    const itemCount = this.#agent.doWork()
    const msToNext = Math.min(PARK_MS_MAX, this.#agent.msToNextDeadline())
    this.#isTurning = false
    this.#turnIn(itemCount > 0 ? restUs : Math.max(1, Math.ceil(msToNext * 1_000)))
  }
}
