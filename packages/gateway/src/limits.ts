// Every limit of the gateway in one place, with the policy of each full buffer. "README" is benchmarks/README.md, "Credit":
// `benchmarks/dist/figures/credit-figures.js` prints its figures in virtual time, the same on every machine. Change a limit and
// run it again to see the alternative.

import type { RateLimit } from './address-rates.js'

// The turn.

/** Records copied out of the trade log in one turn; the rest follows in the next. */
export const BATCH_RECORDS_MAX = 256
/**
 * Records × clients in one turn. Larger: a fan-out of 256 records to 500 clients keeps sockets, pongs and health waiting for
 * a quarter of a second. Smaller: more turns for the same trades. `npm test -- crowd` prints the answer times.
 */
export const FAN_OUT_SENDS_MAX = 16_384
/** Records that one client behind the newest is sent in one turn. */
export const CATCH_UP_RECORDS_MAX = 64
/** For all clients that catch up in one turn. Larger: a crowd that resumes delays the trades of the others. */
export const CATCH_UP_US_MAX = 1_000
/**
 * Conflatable bytes in one cork: the longest that a trade waits for the CPU once books are being sent. Larger: that wait
 * grows (`benchmarks/dist/figures/cork-figures.js` prints it). Smaller: more corks; slow network paths do not notice either.
 */
export const CORK_BYTES_MAX = 64 * 1024
/** For one cork: 64 KiB of small frames are hundreds of sends. The rest follows after the next look for trades. */
export const CORK_US_MAX = 250
/** After this time a turn stops with slices of books and chores, so that accept, pongs and health are served. */
export const SLICES_US_MAX = 1_000
/** After turns full of trades for this long at least one slice is done per turn, so that neither books nor chores ever stop. */
export const STARVED_MS_MAX = 100
/**
 * For slices in such a turn, of the time that its trades took. Smaller: with thousands of clients a round of pings takes a
 * minute. Larger: trades that already fill every turn take longer.
 */
export const STARVED_SHARE = 0.05

// Between two looks for trades. `benchmarks/dist/figures/look-figures.js` prints how long each part takes.

/**
 * A socket event this long after the last look for trades looks first. Larger: trades wait longer behind a burst of events. Smaller:
 * where clients nearly saturate the thread, trades go out one by one instead of together. At 250 µs 500 clients then waited for
 * more than a second for health and pongs, at this value for 13 ms, the median of three runs (`npm test -- crowd` prints it).
 */
export const LOOK_US_MAX = 1_000
/** Clients that are only looked at, because there is nothing to send to them. */
export const VISITS_MAX = 64
/** Clients that are sent a ping, or are disconnected: each takes a system call. */
export const TICK_SENDS_MAX = 8
/** Cells of the boards whose version is compared, and cells that are copied. */
export const SCAN_CELLS_MAX = 2_048
export const SCAN_COPIES_MAX = 32

// Clients and their sockets.

/**
 * Unacknowledged bytes of one client, trades included. Beyond it the client's cursor waits in the trade log. Smaller: a resume
 * over a long network path takes longer. Larger: more memory per client that stopped reading, and older trades on a path that
 * is too slow for them. README: "1 MiB unacknowledged".
 */
export const UNACKNOWLEDGED_BYTES_MAX = 1024 * 1024
/** uWebSockets.js drops whole frames beyond this, so our own limits stay far below it. */
export const UWS_BACKPRESSURE_BYTES_MAX = 4 * 1024 * 1024
/** A quiet client is pinged this often, so that a dead connection is noticed. */
export const KEEPALIVE_MS = 20_000
/** Period of the one timer, which makes the chores due: pings, pacing, stalls, the client table, posts. */
export const TICK_MS = 50
/** A timer may fire that much early: a client whose last tick was nearly a period ago is not left out. */
export const TICK_EARLY_MS = 2
/** On shutdown, the time that clients have to read the Close frame before their sockets are released. */
export const CLOSE_MS = 500
/** A client that does not take its Close frame is cut off after this time. */
export const CUT_OFF_MS = 2_000

// What comes from clients. Each is refused in the way that its comment names, and counted.

/**
 * Messages that a client may send in a window: pings count, pongs that answer ours do not. One more ends it (1008). The window is
 * a little shorter than a second, so that a client that sends exactly 20 a second may be early.
 */
export const MESSAGES_PER_WINDOW = 20
/** Pongs that answer no ping of ours. One more in a window ends the client (1008). */
export const STRAY_PONGS_PER_WINDOW = 20
export const MESSAGE_WINDOW_MS = 950
/**
 * Handshakes of one address, in each gateway: 429, and the connection is closed. 200 clients behind one address come back at
 * once after a restart, 2,000 within 10 seconds.
 */
export const HANDSHAKE_RATE: RateLimit = { perS: 100, burst: 1_000, addressesMax: 4_096 }
/** Requests of plain HTTP of one address, in each gateway: 429, and the connection is closed. */
export const REQUEST_RATE: RateLimit = { perS: 20, burst: 40, addressesMax: 4_096 }
/** `Retry-After` of what is refused for a rate, and for the number of clients. */
export const RETRY_RATE_S = 1
export const RETRY_CLIENTS_S = 5
/** Path and query. A longer one is refused with 414, before the query is parsed. */
export const URL_CHARACTERS_MAX = 1_024
/** Requests and handshakes that wait for their answer. One more is cut off. */
export const REQUESTS_WAITING_MAX = 1_024
/** A slice of answers and upgrades. The others wait for the next turn of the event loop. */
export const ANSWERS_US_MAX = 50
/**
 * Share of a turn of the event loop, where that is more than a slice. Smaller: on a busy machine, whose turns are long, a crowd
 * waits for seconds to come in.
 */
export const ANSWERS_SHARE = 0.05
/** A port that could not be opened again is tried again after this time. */
export const REOPEN_MS = 1_000

// What uWebSockets.js ends by itself, before our code sees it, and what it does not limit. `uws-limits.test.ts` tries each.

/** A longer message from a client resets its connection; no Close frame is sent. Fragments count together. */
export const INBOUND_BYTES_MAX = 16 * 1024
/** A longer message is no acknowledgement. */
export const ACKNOWLEDGEMENT_BYTES_MAX = 128
/** A client that sent nothing, not even a pong, for this many seconds is reset. */
export const IDLE_TIMEOUT_S = 120
/** What only uWebSockets.js decides; not settable. Its two builds differ (`uws.ts` chooses one). */
export interface UwsLimits {
  /**
   * A connection without a complete request is closed after two thirds of this at the earliest, however many bytes it sends. It is
   * not reported before its first request; `descriptor-guard.ts` of the server bounds their number.
   */
  readonly requestMsMax: number
  /** An ended client that does not close its side, read or not, is closed after half of this at the earliest. It is no client any more. */
  readonly lingerMsMax: number
  /** A request head that is not complete after so many bytes ends the connection. */
  readonly headBytesMax: number
  /** One that comes in a single read may be longer. */
  readonly isHeadInOneReadUnlimited: boolean
  /** A request with more header fields ends the connection. */
  readonly headersMax: number
}

export const UWS_LIMITS = {
  'uWebSockets.js': {
    requestMsMax: 12_000,
    lingerMsMax: 16_000,
    headBytesMax: 4 * 1024,
    isHeadInOneReadUnlimited: true,
    headersMax: 47,
  },
  'uWebSockets.js-next': {
    requestMsMax: 32_000,
    lingerMsMax: 16_000,
    headBytesMax: 4 * 1024,
    isHeadInOneReadUnlimited: false,
    headersMax: 97,
  },
} as const satisfies Record<string, UwsLimits>
/**
 * What is read at once. Frames without a message (empty fragments: 6 bytes, 16 ns each) are the most that one read can cost
 * without calling our code: about 1.4 ms.
 */
export const UWS_READ_BYTES = 512 * 1024
// Certificates.

/**
 * Apps of older certificates that still have clients. Beyond it the oldest is closed: its clients are disconnected (1006), and
 * connect again. One costs about 30 KiB.
 */
export const RETIRED_APPS_MAX = 16
/**
 * Handshakes that are under way when a certificate is renewed have this long to become a client. More than the 12 s
 * after which uWebSockets.js ends an unfinished one, which would be left open when its app is closed.
 */
export const RETIRED_MS_MIN = 15_000
/** Turns of the event loop in which unfinished handshakes are ended, five each, when the port is closed: 5,000. */
export const HANDSHAKE_END_TURNS = 1_000
/** No longer than this: the supervisor waits 4 s for a gateway. */
export const HANDSHAKE_END_MS_MAX = 1_500
// The client table.

/** A client's row is written this often at most. Smaller: more work that no trade needs. */
export const CLIENT_ROW_MS = 1_000
/** Rows in one slice; one takes 2 µs. Larger: a trade that comes meanwhile waits for longer. */
export const CLIENT_ROWS_PER_SLICE = 16

// Credit.

/** Queueing on the network path that a client's credit may cause. Larger: trades wait longer. Smaller: paths are not filled. */
export const BUDGET_MS = 5
export const CREDIT_START_BYTES = 16 * 1024
export const CREDIT_MIN_BYTES = 2 * 1024
export const CREDIT_MAX_BYTES = 256 * 1024
/**
 * Share a second by which credit grows at least while frames wait for it. Smaller: long network paths carry half of the books
 * that they could. README: "Credit that is wanted".
 */
export const CREDIT_GROWTH_PER_S = 0.2
/**
 * A frame's own transmission time does not count as queueing, up to this many empty round trips. Larger: trades to near
 * clients on slow paths wait for a second book. Smaller: some paths are filled to less than 70 % (`credit-window.test.ts`).
 * README: "A frame's own transmission time".
 */
export const FRAME_ROUND_TRIPS = 3
/**
 * From this round trip on, credit grows from what was in flight when a frame had to wait, not from what the pings found in
 * flight. Larger: at 300 ms a fifth of the books is missing. README: "From 100 ms on".
 */
export const LONG_PATH_MS = 100
/**
 * Minimum interval between pings to a client whose credit suffices. A client that waits for credit has no such minimum: pongs
 * are what frees its credit. README: "No minimum interval".
 */
export const PING_MS_MIN = 10
/** A ping also follows this many bytes of trades. */
export const PING_TRADE_BYTES = 64 * 1024
/** Fewer bytes of trades than that are pinged this long after the last ping. */
export const PING_TRADE_MS = 500
/** How often a busy client's path is left empty for one round trip, to measure the smallest one again. */
export const PROBE_MS = 2_000
/**
 * Marks without an acknowledgement remembered per client: pings, or frames. Beyond it the oldest ping is forgotten; a newer pong
 * covers it. Of frames two become one, so that their acknowledgement is less exact.
 */
export const MARKS_MAX = 512
/**
 * The longest frame that measures the empty path of a client that acknowledges by message. Larger: a frame's own transmission
 * would pass for a longer path. Smaller than a trade: none would do.
 */
export const PROBE_BYTES_MAX = 1_024
/** If no such frame came for this long, any frame measures it. */
export const PROBE_WAIT_MS = 50
/** Interval of pings for books to a client that does not answer. */
export const SILENT_PING_MS = 1_000
/**
 * A client that answered no ping for this long since it connected is paced. One that did answer and stopped is not paced: it
 * stopped reading, and paced books would be in front of its next trades. README: "Only a client that never answered".
 */
export const NO_PONG_MS = 5_000
export const PACED_BYTES_PER_S = 64_000
/**
 * A client that answers a ping sent this long after it connected has shown that it reads. Larger: many that connect at once come
 * second for longer. Smaller: a crowd that answers its first pings and reads nothing more is served like clients that read.
 */
export const PROOF_MS = 1_000
/** Clients that answer and have yet to show that: while they are no more, their trades go out with those of clients that have. */
export const NEWCOMERS_FIRST_MAX = 16
/**
 * A client whose oldest ping is unanswered for longer gets its trades after all others, as one does that has not answered yet.
 * Larger: what has stopped reading keeps others waiting for longer. Smaller: far clients come second.
 */
export const UNREAD_MS = 1_000
/** Of the time, for trades of clients that do not read. Larger: a crowd of them takes it from the others. */
export const UNREAD_SHARE = 0.05
/** The same for many clients that answer, and have yet to show that they go on. Smaller: many that connect at once catch up later. */
export const NEWCOMERS_SHARE = 0.1
/** Burst of a paced client: the bytes of two ticks. Smaller: the timer would set the pace. */
export const PACED_BURST_BYTES = 6_400

// Late trades.

/** One client's cork of trades is recorded as an activity when it takes longer. */
export const SLOW_SEND_US = 250
/** The fastest arrival of a product is forgotten after twice this time. */
export const ARRIVAL_FLOOR_MS = 60_000
/** Late trades are posted at most this often, and at most this many at once; the others wait for the next time. */
export const LATE_POST_MS_MIN = 1_000
export const LATE_POST_TRADES_MAX = 8
