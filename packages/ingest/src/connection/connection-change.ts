// What a connection reports about itself.

import type { StatusReason } from '@tradelane/shared/market/nouns'
import type { HandshakeRefusal } from './socket.js'

export type ConnectionChange =
  /** The venue accepted the handshake. */
  | { readonly kind: 'opened' }
  /** Acknowledged, or the first data came. Before any frame is received. */
  | { readonly kind: 'up' }
  /** Every subscription was acknowledged or refused; again when that changes. */
  | { readonly kind: 'settled' }
  /** The venue will end this connection. */
  | { readonly kind: 'closing-soon' }
  /** Once, and the last one. */
  | {
      readonly kind: 'ended'
      readonly reason: StatusReason
      readonly detail: string
      /** Of the handshake. */
      readonly refusal: HandshakeRefusal | undefined
    }

export type ConnectionEnd = Extract<ConnectionChange, { kind: 'ended' }>
