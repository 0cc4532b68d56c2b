// All threads under supervision: found by whose rules they follow, started and stopped together.

import type { SupervisedThread } from './supervised-thread.js'
import { type AgentSpec, leadOf, runs, type ThreadSpec } from './topology.js'

export interface Supervised {
  readonly thread: SupervisedThread
  readonly spec: ThreadSpec
}

const FORCED_STOP_MS_MAX = 1_000

export class ThreadSet {
  #all: readonly Supervised[] = []

  add(supervised: Supervised): void {
    this.#all = [...this.#all, supervised]
  }

  remove(gone: readonly Supervised[]): void {
    this.#all = this.#all.filter(each => !gone.includes(each))
  }

  [Symbol.iterator](): Iterator<Supervised> {
    return this.#all[Symbol.iterator]()
  }

  ledBy(lead: AgentSpec['kind']): readonly Supervised[] {
    return this.#all.filter(({ spec }) => leadOf(spec) === lead)
  }

  get ingest(): SupervisedThread | undefined {
    return this.#all.find(({ spec }) => runs(spec, 'ingest'))?.thread
  }

  /** Resolves when all of them run, when `until` does, or after `msMax`: they are started again, and others do their work. */
  async start(lead: AgentSpec['kind'], until: Promise<unknown>, msMax?: number): Promise<void> {
    const threads = this.ledBy(lead)
    for (const { thread } of threads) thread.start()
    const enough: Promise<unknown>[] = [Promise.all(threads.map(({ thread }) => thread.running)), until]
    let timer: NodeJS.Timeout | undefined
    if (msMax !== undefined) {
      enough.push(
        new Promise<void>(resolve => {
          timer = setTimeout(resolve, msMax)
        }),
      )
    }
    await Promise.race(enough)
    clearTimeout(timer)
  }

  /** Those that do not go within `ms` are ended by force; `onStuck` is asked first, and need not return. */
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
