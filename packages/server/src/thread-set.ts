// All threads under supervision: found by the agent whose rules they follow, started and stopped together.

import assert from 'node:assert/strict'
import { THREADS_MAX } from '@tradelane/shared/thread/control-layout'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import type { SupervisedThread } from './supervised-thread.js'
import { type AgentSpec, leadOf, runs, type ThreadSpec } from './topology.js'

export interface Supervised {
  readonly thread: SupervisedThread
  readonly spec: ThreadSpec
}

const FORCED_STOP_MS_MAX = 1_000

export class ThreadSet {
  readonly #timers: Timers
  #all: readonly Supervised[] = []

  constructor(timers: Timers) {
    this.#timers = timers
  }

  add(supervised: Supervised): void {
    const { index, role } = supervised.spec
    assert(index >= 0 && index < THREADS_MAX, 'a thread has a cell in the control block')
    assert(!this.#all.some(({ spec }) => spec.index === index || spec.role === role), 'one thread per index and role')
    this.#all = [...this.#all, supervised]
  }

  /** Frees their indexes for successors. */
  remove(threads: readonly Supervised[]): void {
    assert(
      threads.every(each => this.#all.includes(each)),
      'only threads of this set are removed',
    )
    assert(
      threads.every(({ thread }) => thread.hasExited),
      'a successor starts only after its predecessor has exited',
    )
    this.#all = this.#all.filter(each => !threads.includes(each))
  }

  get size(): number {
    return this.#all.length
  }

  [Symbol.iterator](): Iterator<Supervised> {
    return this.#all[Symbol.iterator]()
  }

  ledBy(lead: AgentSpec['kind']): readonly Supervised[] {
    return this.#all.filter(({ spec }) => leadOf(spec) === lead)
  }

  get ingest(): SupervisedThread | undefined {
    const [ingest, ...others] = this.#all.filter(({ spec }) => runs(spec, 'ingest'))
    assert(others.length === 0, 'one thread runs ingest')
    return ingest?.thread
  }

  get admin(): SupervisedThread | undefined {
    return this.ledBy('admin')[0]?.thread
  }

  /** The thread of this shard, where it has one of its own. */
  l2(shard: number): SupervisedThread | undefined {
    const isOfShard = (agent: AgentSpec): boolean => agent.kind === 'l2' && agent.shard === shard
    return this.ledBy('l2').find(({ spec }) => spec.agents.some(isOfShard))?.thread
  }

  /**
   * Resolves to true when all of them run, to false when `until` does, or after `msMax`: late ones restart while the others
   * work.
   */
  async start(lead: AgentSpec['kind'], until: Promise<unknown>, msMax?: number): Promise<boolean> {
    const threads = this.ledBy(lead)
    for (const { thread } of threads) thread.start()
    const running = Promise.all(threads.map(({ thread }) => thread.running)).then(() => true)
    const ends: Promise<boolean>[] = [running, until.then(() => false)]
    let timer: Timer | undefined
    if (msMax !== undefined) {
      ends.push(
        new Promise<boolean>(resolve => {
          timer = this.#timers.setTimeout(() => resolve(false), msMax)
        }),
      )
    }
    const isRunning = await Promise.race(ends)
    this.#timers.clear(timer)
    return isRunning
  }

  /** Those that have not exited after `ms` are terminated; `onStuck` is called before, and need not return. */
  async stop(lead: AgentSpec['kind'], ms: number, onStuck: (role: string) => void = () => {}): Promise<void> {
    const stopOne = async ({ thread }: Supervised): Promise<void> => {
      if (await thread.stop(ms)) return
      onStuck(thread.role)
      thread.terminate()
      await thread.stop(FORCED_STOP_MS_MAX)
    }
    await Promise.all(this.ledBy(lead).map(stopOne))
  }
}
