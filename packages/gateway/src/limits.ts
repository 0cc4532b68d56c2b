// Every limit of the gateway in one place, with the policy of each full buffer. Where a figure stands at a limit of credit,
// `node packages/gateway/dist/test/credit-figures.js` prints it (virtual time: the same everywhere); change the limit and run
// it again to see the alternative. benchmarks/README.md, "Credit", has the tables.

/** Trade records copied out of the log in one turn; the rest comes with the next. */
export const BATCH_RECORDS_MAX = 256
/**
 * Records times clients in one turn, so that a fan-out is some ten milliseconds and sockets, pongs and health get their
 * share: 256 records to 500 clients took 262 ms, 32 of them 12 ms, at the same 0.7 µs a send. With 1,000 trades/s
 * /healthz answered within 12 ms instead of 386 (p90); `npm test -- crowd` prints what it is now, at 500 trades/s.
 */
export const FAN_OUT_SENDS_MAX = 16_384
/** Records that a client behind the newest is given in one turn. */
export const CATCH_UP_RECORDS_MAX = 64
/** Of one turn, for all such clients together: a crowd that resumes must not hold up the trades of the others. */
export const CATCH_UP_US_MAX = 1_000
/**
 * Conflatable bytes in one cork: what a trade waits for at most, on the CPU. 37 µs; 256 KiB, all of the largest credit, would
 * be 83 (`cork-figures.js`). Slow lines never have credit for so much: there 16 KiB and 256 KiB give the same figures.
 */
export const CORK_BYTES_MAX = 64 * 1024
/** Step 3 of a turn ends after this time, so that accept, pongs and health always get their share. */
export const PUMP_US_MAX = 1_000
/** Turns full of trades for this long: one client's books are pumped per turn, so that books never stop. */
export const STARVED_MS_MAX = 100
/**
 * Unacknowledged bytes, trades included. Beyond it a client's cursor waits in the trade log. A resume of 10,000 trades at
 * 10 MB/s and 50 ms takes 316 ms, as with 4 MiB; with 256 KiB it takes 672. Trades to a line that cannot bear them are no
 * fresher with less: they wait in the log instead (4.6 s with 1 MiB, 3.9 s with 256 KiB).
 */
export const UNACKNOWLEDGED_BYTES_MAX = 1024 * 1024
/**
 * uWebSockets.js drops whole messages beyond this: ours is enforced far below it. Reached only by its pongs to a client that
 * pings and does not read, so that such a client costs no more memory than this.
 */
export const UWS_BACKPRESSURE_BYTES_MAX = 4 * 1024 * 1024
/** A longer message from a client ends its connection (1009). */
export const INBOUND_BYTES_MAX = 16 * 1024
/** uWebSockets.js ends a connection from which nothing came for this long, seconds: neither a pong nor anything else. */
export const IDLE_TIMEOUT_S = 120
/** Silence after which a client is pinged, so that a quiet connection is known to live. */
export const KEEPALIVE_MS = 20_000
/** One shared timer: pings that are due, pacing, stalls. */
export const TICK_MS = 50
/** At the end: how long clients have to read the Close frame before their sockets are released. */
export const CLOSE_MS = 500
/** A stalled client gets a Close frame; one that does not even take that is cut off after this long. */
export const CUT_OFF_MS = 2_000

export const BUDGET_MS = 5
export const CREDIT_START_BYTES = 16 * 1024
export const CREDIT_MIN_BYTES = 2 * 1024
export const CREDIT_MAX_BYTES = 256 * 1024
/**
 * However long the way, credit that is wanted grows by this share a second. 120 books/s of 6 kB over 1 MB/s: at 300 ms 91 %
 * of them instead of 51, at 200 ms all instead of 83 %; up to 50 ms nothing changes.
 */
export const CREDIT_GROWTH_PER_S = 0.2
/**
 * A frame's own time on the line counts as none of the queue, up to so many empty round trips. Without that bound
 * the trades of a near client on 300 kB/s are 13 ms old and 29 at p99 instead of 10 and 24, on 100 kB/s 53 and 115 instead of
 * 38 and 96, for no book more. With two, one of the lines of `credit-window.test.ts` in a hundred is used to less than 70 %.
 */
export const FRAME_ROUND_TRIPS = 3
/**
 * From this round trip on, ms, credit grows by what was in flight when something had to wait, not by what the pings found in
 * flight: 120 books/s of 6 kB over 1 MB/s at 300 ms are 91 % of them instead of 70.
 */
export const LONG_WAY_MS = 100
/**
 * A client whose credit suffices is pinged no more often than this: its acknowledgements are in no hurry. One that waits for
 * credit has no such floor: pings are its clock. Floors of 2 and 5 ms were tried: pings fell from 440 to 307 and 180 a second
 * (300 B frames, 300 kB/s), but frames to 1 MB/s and 50 ms waited for up to 18 ms instead of 4, and one per packet (1,460 B)
 * cost a line of 300 ms a seventh of its books. 500 clients of `crowd.timed.e2e.test.ts` got 12 k pings with 919 k frames.
 */
export const PING_MS_MIN = 10
/** A ping also after this many bytes of trades, or this long after the last ping when there are fewer. */
export const PING_TRADE_BYTES = 64 * 1024
export const PING_TRADE_MS = 500
/** The base round trip is measured anew, on an empty line, this often while the client is busy. */
export const PROBE_MS = 2_000
/** Pings remembered; beyond it the oldest is forgotten, which a newer pong answers too. */
export const PINGS_MAX = 512
/** Pause between pings to a client that stopped answering, for books. */
export const SILENT_PING_MS = 1_000
/**
 * A client that never answered in this time is paced instead. One that did answer and stopped is not: it reads no more, and
 * 1.6 MB of old books would stand before its trades after half a minute, instead of 24 kB.
 */
export const NO_PONG_MS = 5_000
export const PACED_BYTES_PER_S = 64_000
/** What a paced client may get at once: two ticks' worth, or the timer would pace it instead. */
export const PACED_BURST_BYTES = 6_400

/** One client's cork of trades that takes longer is noted. */
export const SLOW_SEND_US = 250
/** The worst trades are kept for a minute: so many of each window, the rest is forgotten. */
export const LATE_PER_WINDOW = 8
export const LATE_WINDOW_MS = 10_000
export const LATE_WINDOWS = 6
export const LATE_SHOWN = 10
/** After this long every thread has noted what it did, collections too. */
export const NOTES_MS = 150
/** One account is made in a tick, others wait for the next; it looks no further back than this into a hop. */
export const ACCOUNT_US_MAX = 250_000
/** The fastest arrival of a product is forgotten after twice this. */
export const FLOOR_MS = 60_000
/** `GET /tail` answers a copy that may be this old. */
export const TAIL_REPORT_MS_MIN = 1_000
