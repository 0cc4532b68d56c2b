// Every limit of the L2 worker in one place, with the policy of each full buffer.

/** Levels kept a side. Beyond it the worst level is forgotten, and the book is known only down to the ones that stay. */
export const LEVELS_PER_SIDE_MAX = 8_192
/**
 * Deltas held for one instrument while its snapshot is on the way. Beyond either limit all are dropped, and the snapshot is
 * requested again.
 */
export const HELD_FRAMES_MAX = 8_192
export const HELD_LEVELS_MAX = 262_144
/** Records taken from the depth ring in one turn, so that due books and the heartbeat get their share. */
export const RECORDS_PER_TURN_MAX = 64
export const RECORD_BYTES_PER_TURN_MAX = 256 * 1024
/** Books encoded in one turn. The others stay due and are first in the next. */
export const BOOKS_PER_TURN_MAX = 32
/** A crossed book with an unbroken chain is withheld; for longer than this it is resynced, to see whether the venue's is. */
export const CROSSED_MS_MAX = 1_000
/** While the venue's own is crossed, as in a call auction, the book waits, marked, and is resynced this often. */
export const CROSS_CHECK_MS = 300_000
/** Books that are further behind than this are withheld until the shard has caught up. */
export const BEHIND_MS_MAX = 1_000
/** Ages of a live book, since its last change, that a status reports: no frame shows them. */
export const UNCHANGED_US = [15_000_000, 60_000_000] as const
/** Caught up: for this long, records have waited less than this. */
export const CAUGHT_UP_MS = 500
/** From this fill on ingest may have paused the sockets; see its RING_RESUME_RATIO. */
export const HALF_FULL_RATIO = 0.5
/** The clocks of two threads differ by less: a record cannot be read further than this before it was received. */
export const CLOCK_SKEW_MS_MAX = 1
/** How often loss counts, crossed books and due resync requests are checked, whatever arrives. */
export const SWEEP_INTERVAL_MS = 50
/** Where deltas continue a REST snapshot: it is requested this long after the subscription, if no delta asks for it before. */
export const FIRST_DELTA_MS_MAX = 1_000
/** A resync without an answer is requested again after this long, doubling. */
export const RESYNC_RETRY_MS = 10_000
export const RESYNC_RETRY_MS_MAX = 60_000
/** Minimum interval between two requests for one instrument whose answers came but were of no use, doubling. */
export const RESYNC_SPACING_MS = 250
/** Not longer, so that a book is back soon after an overload; the token bucket of ingest protects the venue. */
export const RESYNC_SPACING_MS_MAX = 3_000
/** A book that stayed exact this long is resynced without delay. */
export const RESYNC_CALM_MS = 10_000
/** Answers in a row that were older than the deltas, after which the pauses between requests grow beyond that. */
export const ANSWERS_TOO_OLD_MAX = 8
/** Snapshots by REST that are tried before another connection. Of subscriptions it is one. */
export const REST_SNAPSHOTS_PER_ROUND = 3
/** Pause of a book that neither snapshots nor another connection helped, doubling. */
export const REMEDY_PAUSE_MS_MIN = 60_000
export const REMEDY_PAUSE_MS_MAX = 900_000
