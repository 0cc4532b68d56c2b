// Every limit of the admin thread in one place.

/** Connections at a time, of all addresses together. */
export const CONNECTIONS_MAX = 64
/** A TLS handshake that takes longer ends its connection. */
export const HANDSHAKE_MS_MAX = 10_000

// The report of `/stat`. What is beyond a limit is counted, not listed.

/** Clients in it, those furthest behind first; the answer takes 500 bytes for each. */
export const CLIENTS_LISTED_MAX = 1_000
/** Books that are not live. */
export const BOOKS_LISTED_MAX = 500
