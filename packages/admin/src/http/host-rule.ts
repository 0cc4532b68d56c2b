// Which names a request may use for this server. A page on the internet can make a browser send requests here, under its own
// name that it points at this machine (DNS rebinding), and would read the answers.

import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'

export class HostRule {
  readonly #names: ReadonlySet<string>

  /** Host names and addresses, an IPv6 address with or without brackets. */
  constructor(names: readonly string[]) {
    const hosts = names.map(name => hostNameOf(isIPv6(name) ? `[${name}]` : name))
    assert(!hosts.includes(null), 'the names of this server have passed the schema of their setting')
    this.#names = new Set(hosts.filter(host => host !== null))
  }

  /** `host`: a request's Host header. */
  allows(host: string | undefined): boolean {
    const name = hostNameOf(host ?? '')
    return name !== null && (isLoopback(name) || this.#names.has(name))
  }
}

/** The host of `host[:port]` as names are compared; null where it is none. */
function hostNameOf(host: string): string | null {
  const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(host.toLowerCase()) ?? []
  if (name === undefined) return null
  if (!name.startsWith('[')) return name.replace(/\.$/, '')
  // An IPv6 address has many spellings.
  return isIPv6(name.slice(1, -1)) ? new URL(`http://${name}`).hostname : null
}

function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || name === '[::1]') return true
  return isIPv4(name) && name.startsWith('127.')
}
