// Every limit of ingest in one place, with the policy of each full buffer.

/** A venue frame longer than this ends its connection. */
export const FRAME_BYTES_MAX = 4 * 1024 * 1024
/** What a socket to a venue reads at once, into a buffer of its own. */
export const READ_BYTES = 64 * 1024
export const HANDSHAKE_MS_MAX = 10_000
/** A connection that is not open after this long is ended, even if a byte comes now and then. */
export const OPENING_MS_MAX = 15_000
/** Messages that a state or book socket may deliver in one turn of the event loop; then it pauses until the next. */
export const MESSAGES_PER_TURN_MAX = 256
/** A request that is not acknowledged after this long ends its connection. */
export const ACK_MS_MAX = 10_000
/** Where the venue answers a subscription with a frame: a connection without any this long after that is ended. */
export const FIRST_FRAME_MS_MAX = 10_000
/** A connection on which nothing came for this long is pinged by us, where the venue has no ping for clients of its own. */
export const PING_AFTER_MS = 15_000
/** A venue that answers our pings, and did not answer one for this long, is gone. */
export const PONG_MS_MAX = 10_000
/** What is silent although its connection was replaced gets another one after this long, then after pauses that grow. */
export const SILENCE_PAUSE_MS_MIN = 60_000
export const SILENCE_PAUSE_GROWTH = 4
export const SILENCE_PAUSE_MS_MAX = 3_600_000
/** A replacement has helped when nothing was silent for this long after it: the next one comes at once again. */
export const SILENCE_CALM_MS = 120_000
/** A connection that carries trades is ended after this long without any frame. */
export const TRADE_SILENCE_MS_MAX = 60_000
/** Interval at which a connection checks its keepalive and its watchdog. */
export const WATCH_MS = 1_000

export const BACKOFF_MS_MIN = 250
export const BACKOFF_MS_MAX = 30_000
/** A connection that lived this long resets the backoff. */
export const BACKOFF_CALM_MS = 10_000
/** Longest backoff of a book connection that a venue ended because a full ring kept us from reading. */
export const OVERLOAD_RETRY_MS_MAX = 2_000
/** Share of a venue's stated lifetime after which a connection is replaced, with overlap. */
export const ROTATION_SHARE = 0.95
/** Each connection is replaced earlier by a random share of the lifetime, up to this. */
export const ROTATION_SPREAD_SHARE = 0.05
/** Both connections carry the trades for this long before the old one is closed. */
export const OVERLAP_MS = 1_000
/**
 * A book goes on over a replacement if both connections carried it for at least this long, so that what the old one still had
 * on its way is in the new one's frames too. Of a book that then stays quiet no id would show what is missing.
 */
export const BOOK_OVERLAP_MS_MIN = 250
/** A connection is replaced for the sake of one of its books at most this often, however many of them ask. */
export const RENEW_SPACING_MS = 60_000
/** Frames of a successor held during the overlap. When it is full, the successor takes over at once. */
export const HELD_FRAMES_MAX = 4_096

/**
 * Throttled events of the state board are published at multiples of this, those of several instruments together. Smaller: more
 * wake-ups of the gateways, and more writes to each client. Larger: an event is that much older.
 */
export const STATE_GRID_MS = 10

/** What is older by its number, or known by its id, and this much later by the venue's time is of a new count: states and trades. */
export const RENUMBERED_US = 1_000_000
/** Where times prove nothing: so is one whose numbers stay below the last for this long. */
export const RENUMBERED_MS = 3_000

/** Trade ids kept per instrument for de-duplication where ids are texts; the oldest is forgotten. */
export const TRADE_IDS_KEPT = 8_192
/** The same where ids are numbers that count up: how far below the highest a trade may come late. Below that they restarted. */
export const TRADE_NUMBERS_KEPT = 65_536
/** No trade of any venue is shorter, its punctuation included. */
const TRADE_BYTES_MIN = 48
/**
 * Bytes of trades of one instrument that are held during the overlap; then the successor takes over at once. Its trades came on
 * the other connection too: all of their ids, and those of one more frame of 1,024 trades, are still kept.
 */
export const HELD_TRADE_BYTES_MAX = (TRADE_IDS_KEPT - 2_048) * TRADE_BYTES_MIN
/** After a handover without a loss, a successor's trades may be this late: up to the last one they came before. */
export const OVERLAP_LATE_US_MAX = 10_000_000
/** Liquidations kept per instrument for the same; the oldest is forgotten. */
export const LIQUIDATION_KEYS_KEPT = 1_024

/**
 * A venue may publish a liquidation this long after its time: venues collect for up to a second; the rest is transmission. What
 * a lost connection would have delivered next may be that much older than what it delivered last.
 */
export const LIQUIDATION_LATE_US_MAX = 2_000_000

/** After everything is subscribed, a decoder holds events that a later one may explain for so long. */
export const RELEASE_MS = 1_000
/** Minimum interval between two gaps of events that could not be read, where no event of the instrument came between them. */
export const MISSED_GAPS_MS = 1_000

/** Ring fill at which book connections pause, and at which they resume. TCP is the buffer behind them. */
export const RING_PAUSE_RATIO = 0.75
export const RING_RESUME_RATIO = 0.5
export const RING_CHECK_MS = 5

export const REST_MS_MAX = 10_000
/** A longer REST answer is abandoned. The longest that we request, a list of all instruments, takes some MiB. */
export const REST_BYTES_MAX = 32 * 1024 * 1024
/** Between the starts of two REST requests, whatever they are for. */
export const REST_SPACING_MS = 20
/** Of the thread that requests them. The bytes of answers are not part of its heap. */
export const REST_THREAD_HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 6 }
/** Upper bound of a venue's `retry-after`: the longest ban of any venue. */
export const REFUSAL_STOP_MS_MAX = 3 * 86_400_000
/** A pause is longer by a random share of itself, up to this. */
export const REFUSAL_JITTER_SHARE = 0.25
/** An answer this long after the last refusal of its class ends the growth of that class's pauses. */
export const REFUSAL_CALM_MS = 30_000
/** Where it is not known whether a host answers, tries are made one at a time; one that is not answered holds back others this long. */
export const TRY_ALONE_MS_MAX = 1_000
/** A subscription that was refused, though not for ever, is requested again after this, doubled with each refusal. */
export const REQUEST_AGAIN_MS_MIN = 4_000
export const REQUEST_AGAIN_MS_MAX = 600_000
/** The same for a connection on which a venue refuses every subscription. */
export const REFUSED_RETRY_MS_MIN = 10_000
export const REFUSED_RETRY_MS_MAX = 600_000
/** Share of a REST budget that polls may use. */
export const POLL_WEIGHT_SHARE = 0.3
/** Longest backoff of a connection for trades while a venue refuses TCP connections: it is back this soon after the venue. */
export const TRADE_RETRY_MS_MAX = 4_000
/** Share of a REST budget that we never use. */
export const REST_RESERVE_SHARE = 0.1
/** Resyncs of one product: tokens and their refill. Requests wait in a set, one per instrument. */
export const RESYNC_BURST = 10
export const RESYNCS_PER_S = 2
/** A book whose resync fails for a reason of its own is tried again after this, doubled with each failure; at once the most where it does not exist. */
export const RESYNC_RETRY_MS_MIN = 1_000
export const RESYNC_RETRY_MS_MAX = 600_000
/** Open interest that was not read for this long is not live, whatever the reason. */
export const POLL_AGE_MS_MAX = 60_000
/** A page of a list of instruments may take this long: some venues need more than ten seconds. */
export const LIST_PAGE_MS_MAX = 60_000
/** A list that is not there after this long is not waited for where nothing but the subscriptions depends on it. */
export const LIST_GRACE_MS = 3_000
/** Pauses after a list that could not be read: they double, and are shortened by chance. */
export const LIST_RETRY_MS_MIN = 4_000
export const LIST_RETRY_MS_MAX = 300_000
/** Intervals at which lists are read again: while an instrument is listed and does not trade, while one is not listed, otherwise. */
export const LIST_AWAITING_MS = 30_000
export const LIST_UNLISTED_MS = 60_000
export const LIST_REFRESH_MS = 300_000
/** Each is shortened by chance by up to this share, so that the products of a host do not ask together. */
export const LIST_SPREAD_SHARE = 0.2
export const INSTRUMENT_PAGES_MAX = 20
/** A longer page of a list is parsed in another thread; one of this length takes less than a millisecond. */
export const INLINE_LIST_BYTES_MAX = 64 * 1024
/** Heap of that thread, MiB: what the longest answer becomes when it is parsed. */
export const LIST_HEAP_MB_MAX = 512
/** A page may take this long there, those before it included: products ask at the same time. */
export const LIST_PARSE_MS_MAX = 15_000
/** That thread ends when there was no page for this long: it serves all products at start, then none for minutes. */
export const LIST_THREAD_IDLE_MS = 5_000
/** One frame of each class and product is compared with the fields that its venue documents this often. */
export const FIELD_LOOK_US = 10_000_000
