// V8 and libuv beside the threads of the topology. Their helper threads compile and collect for every thread of the process and
// would take the CPU from trades. So code is compiled sooner than usual while threads warm up, and afterwards the helpers run
// below the threads that carry trades. Called by the supervisor, in the main thread.

import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import type { Log } from '@tradelane/shared/thread/log'

/**
 * Below threads that carry trades, above shards. Never the last to run: before a thread collects, helpers that compile must reach
 * a safe point, and those that mark and sweep with it must end. While other programs kept both processors of a machine busy, a
 * collection of the gateway took 1.3 s with helpers at 19, 2.7 s with the policy of idle threads, 2 ms with 5.
 */
const HELPER_NICE = 5
/**
 * When V8 optimizes a function: a quarter of the usual while threads warm up, so that a second of samples is enough. Before
 * version 12 it counts the bytes of bytecode that ran, later the calls.
 */
const OPTIMIZE_AFTER =
  Number.parseInt(process.versions.v8, 10) < 12
    ? { flag: '--interrupt-budget', warmUp: 16_000, service: 67_584 }
    : { flag: '--invocation-count-for-turbofan', warmUp: 750, service: 3_000 }

/** Of this process, by their system ids: all threads but the main one. Called before a worker exists. */
export function helperThreads(): readonly number[] {
  try {
    return readdirSync('/proc/self/task')
      .map(Number)
      .filter(id => id !== process.pid)
  } catch {
    // Not known on this system: they keep their priority.
    return []
  }
}

/**
 * Each thread collects its young garbage alone: split with helpers, it ends when the last of them has had the CPU for its share.
 * V8 reads the flag at each such collection. Those of concurrent marking must not change while the engine runs: it aborts.
 */
export function collectAlone(): void {
  setFlagsFromString('--no-parallel-scavenge')
}

/** Sooner while threads warm up, as usual in service. */
export function compileSoon(isSoon: boolean): void {
  const { flag, warmUp, service } = OPTIMIZE_AFTER
  setFlagsFromString(`${flag}=${isSoon ? warmUp : service}`)
}

/** Once there is little left to compile, and never below the shards, which may need all that trades leave. */
export function lowerHelpers(ids: readonly number[], l2Nice: number, log: Pick<Log, 'debug'>): void {
  if (process.platform !== 'linux') return
  const nice = Math.min(HELPER_NICE, l2Nice)
  for (const id of ids) {
    try {
      setPriority(id, nice)
    } catch (error) {
      // It has exited, or the system refuses.
      log.debug('helper threads keep their CPU priority', { reason: String(error) })
    }
  }
}
