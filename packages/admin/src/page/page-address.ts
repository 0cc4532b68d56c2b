// Where the page finds market data: by the name under which the browser reached this server, as a certificate, or a tunnel, knows
// only that one. A gateway that listens on one address of its own is named by that address.

import { isIPv4, isIPv6 } from 'node:net'
import type { AdminStart } from '@tradelane/shared/thread/thread-messages'

export type GatewayAddress = AdminStart['gateway']

const WILDCARDS = ['0.0.0.0', '::']

/** `host`: of the request, which the host rule has let pass. */
export function webSocketUrl(host: string, { host: listening, port, isTls }: GatewayAddress): string {
  const isReachedByName = WILDCARDS.includes(listening) || (isLoopback(listening) && isLoopback(nameOf(host)))
  const name = isReachedByName ? nameOf(host) : isIPv6(listening) ? `[${listening}]` : listening
  return `${isTls ? 'wss' : 'ws'}://${name}:${port}`
}

function nameOf(host: string): string {
  return host.replace(/:\d{1,5}$/, '').toLowerCase()
}

function isLoopback(name: string): boolean {
  if (isIPv4(name)) return name.startsWith('127.')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || name === '[::1]'
}
