// Heap limits of the threads.

import type { ResourceLimits } from 'node:worker_threads'

/**
 * V8 doubles a young generation when enough has survived in it, sometimes minutes after the start, and seldom halves one. Ingest
 * reaches this size within a minute anyway; at V8's default limit, twice as much, collections are no shorter. V8 divides it by
 * three: 8 MiB for objects, 8 for the copies of survivors, 8 for large objects.
 */
const YOUNG_MB_MAX = 24

/** A full old generation ends the thread, so it has no limit where a gateway runs: open native handles would abort the process. */
export const HEAP_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: YOUNG_MB_MAX }
/** What it answers is made once a second and shared by all requests; `npm test -- admin-flood` prints what it needs. */
export const ADMIN_HEAP_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 6 }
export const GATEWAY_HEAP_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB_MAX }
