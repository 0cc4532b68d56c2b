// Every limit of the admin thread in one place.

/** Connections at a time, of all addresses together. */
export const CONNECTIONS_MAX = 64
/** A TLS handshake that takes longer ends its connection. */
export const HANDSHAKE_MS_MAX = 10_000
