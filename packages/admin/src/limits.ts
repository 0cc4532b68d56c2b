// Every limit of the admin thread in one place, with the policy when it is reached. What Node enforces by itself, before our
// code sees the request, is marked so, with its answer.

// Connections.

/**
 * Of all addresses together. Node closes any more as soon as it has accepted them, without an answer. Larger: Node parses all
 * requests in 64 KiB that it has read, some 2,000, also of a connection that was cut off meanwhile (60 ms); as many connections
 * as this may come to that in one turn of the event loop, and after 5 s without a heartbeat the thread counts as hung.
 */
export const CONNECTIONS_MAX = 32
/** A TLS handshake that takes longer ends its connection. */
export const HANDSHAKE_MS_MAX = 10_000

// The report of `/stat`. What is beyond a limit is counted, not listed.

/** Clients in it, those furthest behind first; the answer takes 500 bytes for each. */
export const CLIENTS_LISTED_MAX = 1_000
/** Books that are not live. */
export const BOOKS_LISTED_MAX = 500
/** Bytes of a request's line and headers. Node answers 431 and closes. */
export const HEADER_BYTES_MAX = 8 * 1024
/** A connection that has not sent a whole request after this time: Node answers 408 and closes. */
export const REQUEST_MS_MAX = 5_000
/** How often Node looks for those. */
export const REQUEST_CHECK_MS = 1_000
/** Node closes a connection without a request for this long. */
export const KEEP_ALIVE_MS = 5_000
/** The connection is closed behind the answer to this one. */
export const REQUESTS_PER_CONNECTION_MAX = 100

// Requests and answers.

/** Of all connections together, as a rate with a burst of one second. More get 429, and their connection is closed. */
export const REQUESTS_PER_S_MAX = 50
/** Requests of one connection that it sends before it has read the answers. One more ends it. */
export const ANSWERS_UNREAD_MAX = 4
/**
 * After it cut off a connection, others from that address are closed unread for this long: Node parses all that it has read, some
 * 2,000 requests, before we can stop it, and 20 such connections a second took a quarter of a CPU.
 */
export const CUT_PAUSE_MS = 1_000
/** Addresses for which that is remembered. One more is not refused. */
export const CUT_ADDRESSES_MAX = 256
/** A connection that has not taken an answer after this time is cut off. */
export const ANSWER_MS_MAX = 5_000
/** Reports are made at most this often; requests in between share the last one, and its bytes. */
export const REPORT_MS_MIN = 1_000
/** A port that cannot be opened is tried again this often. */
export const PORT_RETRY_MS = 60_000

// The explanation of late trades.

/** Windows kept behind the current one: together a minute. */
export const LATE_WINDOWS = 6
/** Of each gateway and list. */
export const LATE_SHOWN = 10
/** A breakdown waits this long, until every thread has recorded its activities, garbage collections too. */
export const ACTIVITIES_COMPLETE_MS = 150
/** How far into a hop a breakdown looks back. */
export const BREAKDOWN_US_MAX = 250_000

// Accounts of any trade, for the page.
/** A page asks at least every few seconds: what the threads did is kept until this long after its last request. */
export const KEEP_AFTER_REQUEST_MS = 15_000
/** And for this long. */
export const KEPT_MS = 65_000
/** Of each thread. */
export const KEPT_ACTIVITIES_MAX = 100_000
