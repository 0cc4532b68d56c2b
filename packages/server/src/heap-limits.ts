// What V8 is told about the heaps of threads.

import type { ResourceLimits } from 'node:worker_threads'

/**
 * V8 doubles a young generation when enough has survived in it, some of them minutes after the start, and seldom halves one.
 * This is the size that ingest has within a minute anyway; at V8's own limit, twice as much, collections are no shorter. V8
 * divides it by three: 8 MiB for objects, 8 to copy the survivors to, 8 for large objects.
 */
const YOUNG_MB_MAX = 24

/** Running out of it ends the thread, so not where a gateway runs: that would abort the process with native handles open. */
export const HEAP_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: YOUNG_MB_MAX }
export const GATEWAY_HEAP_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB_MAX }
