// How a client reads each peer: its connections, and the frames out of what they carry. A reader stands directly behind the
// socket, so that a peer's own protocol costs its clients nothing but the reading.

import { NatsReader } from './nats-reader.js'
import type { PeerReader, ReaderIo } from './peer-reader.js'
import { SocketIoReader } from './socket-io-reader.js'

export const PEER_PROTOCOLS = ['nats', 'nats-two', 'nchan', 'socket.io'] as const
export type PeerProtocol = (typeof PEER_PROTOCOLS)[number]

/** Subjects, or channels: all that is lossless, and all that is state. */
export const TRADE_SUBJECT = 'market.trade'
export const STATE_SUBJECT = 'market.state'
const ALL_SUBJECTS = 'market.>'
const NCHAN_PATH = '/market'

export interface PeerConnection {
  /** With its query. */
  readonly path: string
  /** What it sends are binary messages. */
  readonly isBinary?: boolean
  reader(io: ReaderIo): PeerReader
}

/** The connections of one client. */
export function connectionsOf(protocol: PeerProtocol): readonly PeerConnection[] {
  switch (protocol) {
    case 'nats':
      return [natsConnection(ALL_SUBJECTS)]
    case 'nats-two':
      return [TRADE_SUBJECT, STATE_SUBJECT].map(natsConnection)
    case 'nchan':
      return [{ path: NCHAN_PATH, reader: plainReader }]
    case 'socket.io':
      return [{ path: '/socket.io/?EIO=4&transport=websocket', reader: io => new SocketIoReader(io) }]
  }
}

function natsConnection(subject: string): PeerConnection {
  return { path: '/', isBinary: true, reader: io => new NatsReader(subject, io) }
}

/** One frame in one message. */
function plainReader(io: ReaderIo): PeerReader {
  return { open: () => io.onReady(), read: message => io.onFrame(message) }
}

/** Where the witness connects, which reads plain messages only; null where it cannot read the protocol. */
export function witnessUrlOf(url: string, protocol: PeerProtocol | null): string | null {
  if (protocol === null) return url
  return protocol === 'nchan' ? url + NCHAN_PATH : null
}
