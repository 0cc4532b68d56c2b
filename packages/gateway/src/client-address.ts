// Where a connection comes from, and what the limits take for one address. An IPv6 host chooses the second half of its address
// itself, so that an address is its /64 there; an IPv4 address that an IPv6 socket reports is the IPv4 address.

import type { Network } from '@tradelane/shared/thread/client-counts'

export interface ClientAddress extends Network {
  /** For logs. */
  readonly text: string
  /** What limits count, as text. */
  readonly network: string
}

const IPV4_BYTES = 4
const IPV6_BYTES = 16
/** `::ffff:0:0/96`. */
const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex')
/** No IPv6 host has an address that starts with these bits: they are those of a multicast. */
const IPV4_HIGH_WORD = -1

/** Of 4 or 16 bytes, as uWebSockets.js reports it; of none where the connection has just ended. */
export function readClientAddress(binary: ArrayBuffer): ClientAddress {
  const bytes = Buffer.from(binary)
  if (bytes.length === IPV4_BYTES) return ipv4Address(bytes)
  if (bytes.length !== IPV6_BYTES) return ipv4Address(Buffer.alloc(IPV4_BYTES))
  const isMapped = bytes.subarray(0, MAPPED_PREFIX.length).equals(MAPPED_PREFIX)
  return isMapped ? ipv4Address(bytes.subarray(MAPPED_PREFIX.length)) : ipv6Address(bytes)
}

function ipv4Address(bytes: Buffer): ClientAddress {
  const text = bytes.join('.')
  return { text, network: text, highWord: IPV4_HIGH_WORD, lowWord: bytes.readInt32BE(0) }
}

function ipv6Address(bytes: Buffer): ClientAddress {
  const groups = Array.from({ length: IPV6_BYTES / 2 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  const network = `${groups.slice(0, IPV6_BYTES / 4).join(':')}::/64`
  return { text: groups.join(':'), network, highWord: bytes.readInt32BE(0), lowWord: bytes.readInt32BE(4) }
}
