// Every limit of the admin thread in one place.

/** Connections at a time, of all addresses together. */
export const CONNECTIONS_MAX = 64
