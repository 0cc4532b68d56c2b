// Every limit of the L2 worker in one place. For each full buffer the policy stands beside its number.

/** Levels kept a side. Beyond it the worst level is forgotten and the book is known from there upwards only. */
export const LEVELS_PER_SIDE_MAX = 8_192
/** Deltas held for one instrument while its snapshot is on the way. Beyond either limit: forget all, ask again. */
export const HELD_FRAMES_MAX = 8_192
export const HELD_LEVELS_MAX = 262_144
/** Records taken from the depth ring in one turn, so that due books and the heartbeat get their share. */
export const RECORDS_PER_TURN_MAX = 64
export const RECORD_BYTES_PER_TURN_MAX = 256 * 1024
/** Books encoded in one turn. The others stay due and go first in the next. */
export const BOOKS_PER_TURN_MAX = 32
/** A crossed book with an unbroken chain is withheld; for longer than this it is resynced. */
export const CROSSED_MS_MAX = 1_000
/** Books that are further behind than this are withheld until the shard has caught up. */
export const BEHIND_MS_MAX = 1_000
/** Caught up: records wait for less than this, and have for as long. */
export const CAUGHT_UP_MS = 500
/** From this fill on ingest may hold the sockets; see its RING_RESUME_RATIO. */
export const HALF_FULL_RATIO = 0.5
/** How often loss counts, crossed books and due resync requests are looked at, whatever arrives. */
export const SWEEP_INTERVAL_MS = 50
/** A resync without an answer is asked again after this long, doubling. */
export const RESYNC_RETRY_MS = 10_000
export const RESYNC_RETRY_MS_MAX = 60_000
/** Least time between two requests for one instrument whose answers came but did not hold, doubling. */
export const RESYNC_SPACING_MS = 250
/** Not longer, so that a book is back soon after an overload; the token bucket of ingest spares the venue. */
export const RESYNC_SPACING_MS_MAX = 3_000
/** A book that stayed exact this long has earned a resync without delay. */
export const RESYNC_CALM_MS = 10_000
