// V8 and libuv beside the threads of the topology. Their helper threads compile and collect for every thread of the process and
// would take the CPU from trades. So code is compiled sooner than usual while threads warm up, and afterwards the helpers run
// only when nothing else wants the CPU. Called by the supervisor, in the main thread.

import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import type { Log } from '@tradelane/shared/thread/log'

/** The least. */
const HELPER_NICE = 19
/** Bytes of bytecode that a function runs before V8 considers it again: a quarter, so that a second of samples is enough. */
const WARM_UP_BUDGET = 16_000
const SERVICE_BUDGET = 67_584

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
  setFlagsFromString(`--interrupt-budget=${isSoon ? WARM_UP_BUDGET : SERVICE_BUDGET}`)
}

/**
 * Once there is little left to compile. By niceness first; then, where the system has the command, as idle threads, which never
 * keep a thread waiting that wakes up: one of niceness 19 may finish its slice of milliseconds.
 */
export function lowerHelpers(ids: readonly number[], log: Pick<Log, 'debug'>): void {
  if (process.platform !== 'linux' || ids.length === 0) return
  const refused = (reason: string): void => log.debug('helper threads keep their CPU priority', { reason })
  for (const id of ids) {
    try {
      setPriority(id, HELPER_NICE)
    } catch (error) {
      // It has exited, or the system refuses.
      refused(String(error))
    }
  }
  const command = ids.map(id => `chrt --idle --pid 0 ${id}`).join('; ')
  execFile('/bin/sh', ['-c', command], { timeout: 5_000 }, error => {
    if (error !== null) refused(error.message.split('\n')[0] ?? '')
  }).unref()
}
