// What the product must keep while it is attacked.

import { UNACKNOWLEDGED_BYTES_MAX } from '@tradelane/gateway/limits'

/** Of the honest clients' p99 beside attackers on the product to that beside the same attackers on a plain listener. */
export const RATIO_P99_MAX = 1.5
/** Of the product's resident bytes during an attack: its buffers for the clients that it admits, and garbage. */
export const MEMORY_GROWTH_BYTES_MAX = 64 * 1024 * 1024
/**
 * Processor time for which a gateway may be kept from looking for trades by one attack, in the short test. It is that much because
 * tests run side by side: what came while the thread waited for a processor is handled at once. Alone it is a tenth of this.
 */
export const BLOCK_US_MAX = 40_000
/**
 * Trades handed to sockets without a look for newer ones, of all clients together. What has gathered while the thread waited for
 * a processor goes to each honest client at once; a log that someone wants again does not.
 */
export const SENDS_BETWEEN_LOOKS_MAX = 2_048
/** Bytes kept for one client: where the gateway stops, and with what it may pass that, which is a cork of books, or of trades. */
export const KEPT_BYTES = UNACKNOWLEDGED_BYTES_MAX
export const KEPT_BYTES_MAX = UNACKNOWLEDGED_BYTES_MAX + 256 * 1024

// When the machine cannot judge.

/** Of the simulator beside attackers on the plain listener. */
export const PLAIN_LATENESS_P99_US_MAX = 10_000
/** Of the plain listener's own p99, the most by the least of an attack's pairs: beyond it the ratio is not judged strictly. */
export const PLAIN_SPREAD_MAX = 2
