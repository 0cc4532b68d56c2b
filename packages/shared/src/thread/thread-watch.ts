// Notes in a thread's activity ring, counters and cell what its turns cannot note: garbage collections, which Node reports some
// milliseconds later, how full its heap is, and how long the thread was ready to run and had no CPU, which Linux counts and
// other threads can read as well. A thread that blocks between turns gets no report from Node: it counts its collections itself.

import assert from 'node:assert/strict'
import { openSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { Activity, type ActivityRing } from '../trace/activity-ring.js'
import { monotonicUs, monotonicUsAt } from './clock.js'
import type { Counters } from './counters.js'
import type { ThreadCell } from './parking.js'

export const CPU_WATCH_MS = 50
/** Shorter waits are normal scheduling. */
const CPU_WAIT_US_NOTED = 200
/** Seldom does a thread collect twice within it. */
const COLLECTION_MS = 5
const HEAP_MS = 1_000

/** For a thread on a trade's way, until it ends. Called in the thread itself. */
export function watchThread(activities: ActivityRing, counters: Counters): void {
  watchCollections(activities, counters)
  watchCpu(activities)
}

/**
 * Counts the collections of a thread in which no event loop runs, by what they free: at most one between two samples, and not how
 * long it took. Called in the thread itself. Node's `GCProfiler` would measure them, but each that was stopped still takes 3 kB at
 * every collection until it is collected itself, and the old generation of a busy thread is collected after minutes.
 */
export class CollectionCount {
  readonly #counters: Counters
  #sampledMs = Number.NEGATIVE_INFINITY
  #usedBytes = 0
  #oldBytes = oldGenerationBytes()

  constructor(counters: Counters) {
    this.#counters = counters
  }

  /** Cheap enough for every turn. */
  sample(nowMs: number): void {
    if (nowMs - this.#sampledMs < COLLECTION_MS) return
    this.#sampledMs = nowMs
    const usedBytes = getHeapStatistics().used_heap_size
    const hasCollected = usedBytes < this.#usedBytes
    this.#usedBytes = usedBytes
    if (!hasCollected) return
    const oldBytes = oldGenerationBytes()
    // What a scavenge moves there makes it larger.
    this.#counters.add(oldBytes < this.#oldBytes ? 'majorCollections' : 'scavenges')
    this.#oldBytes = oldBytes
  }
}

function oldGenerationBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')
  assert(space !== undefined, 'a heap has an old generation')
  return space.space_used_size
}

/** Publishes how full the thread's heap is. Called in the thread itself: no other thread can see it. */
export class HeapGauge {
  readonly #cell: ThreadCell
  #sampledMs = Number.NEGATIVE_INFINITY

  constructor(cell: ThreadCell) {
    this.#cell = cell
  }

  /** Cheap enough for every turn. */
  sample(nowMs: number): void {
    if (nowMs - this.#sampledMs < HEAP_MS) return
    this.#sampledMs = nowMs
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics()
    this.#cell.setHeap(usedBytes, limitBytes)
  }
}

/** For `cpuWaitMs`. Called in the thread itself, before anything that takes CPU. */
export function publishThreadId(cell: ThreadCell): void {
  try {
    // <process>/task/<thread>
    cell.setThreadId(Number(basename(readlinkSync('/proc/thread-self'))))
  } catch {
    // Not known on this system: it stays 0.
  }
}

/**
 * How long the thread with the system's id `threadId`, of this process, was ready to run and had no CPU since it started; 0
 * where that is not known. A wait counts once it is over.
 */
export function cpuWaitMs(threadId: number): number {
  if (threadId === 0) return 0
  try {
    return waitedNs(readFileSync(`/proc/self/task/${threadId}/schedstat`, 'latin1')) / 1e6
  } catch {
    return 0
  }
}

type CollectionKind = 'scavenge' | 'major' | 'step'

function countCollection(counters: Counters, kind: CollectionKind, us: number): void {
  counters.raise('collectionUsMax', us)
  if (kind === 'scavenge') {
    counters.add('scavenges')
    counters.add('scavengeUs', us)
    return
  }
  if (kind === 'major') counters.add('majorCollections')
  counters.add('majorCollectionUs', us)
}

function kindOfEntry(kind: number): CollectionKind {
  if (kind === constants.NODE_PERFORMANCE_GC_MINOR) return 'scavenge'
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR ? 'major' : 'step'
}

/** Until the thread ends. Called in the thread itself. */
export function watchCollections(activities: ActivityRing, counters: Counters): void {
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration, detail } of list.getEntries()) {
      const kind = kindOfEntry((detail as { readonly kind: number }).kind)
      const startUs = monotonicUsAt(startTime)
      const us = duration * 1_000
      activities.note(kind === 'scavenge' ? Activity.scavenge : Activity.majorGc, startUs, startUs + us, 1)
      countCollection(counters, kind, us)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}

function watchCpu(activities: ActivityRing): void {
  const waitedUs = cpuWaitCounter()
  if (waitedUs === null) return
  let [sinceUs, beforeUs] = [monotonicUs(), waitedUs()]
  const timer = setInterval(() => {
    const [nowUs, nowWaitedUs] = [monotonicUs(), waitedUs()]
    const us = Math.round(nowWaitedUs - beforeUs)
    if (us >= CPU_WAIT_US_NOTED) activities.note(Activity.cpuWait, sinceUs, nowUs, us)
    sinceUs = nowUs
    beforeUs = nowWaitedUs
  }, CPU_WATCH_MS)
  timer.unref()
}

/** Null where the system does not count it. */
function cpuWaitCounter(): (() => number) | null {
  try {
    // Kept open, a read takes 3 µs; the end of the thread closes it.
    const file = openSync('/proc/thread-self/schedstat', 'r')
    const bytes = Buffer.alloc(96)
    return () => waitedNs(bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))) / 1_000
  } catch {
    return null
  }
}

/** Of a line with the time on a CPU, the time waiting for one, ns, and a count. */
function waitedNs(schedstat: string): number {
  const ns = Number(schedstat.split(' ')[1])
  return Number.isFinite(ns) ? ns : 0
}
