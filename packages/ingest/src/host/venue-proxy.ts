// Which proxy a request to a venue goes through: the rules of HTTPS_PROXY and NO_PROXY, as curl and Go have them. They are
// for TLS only; this machine itself is always reached directly, so that simulated venues are.

import { BlockList, isIP, isIPv6 } from 'node:net'
import type { ProxyRules } from '@tradelane/shared/thread/thread-messages'

export interface VenueProxy {
  /** Without user and password: libraries write it into their debug output. */
  readonly url: string
  /** Value of `Proxy-Authorization`; null where the proxy needs none. */
  readonly authorization: string | null
}

/** Null: directly. */
export function proxyFor(target: string, rules: ProxyRules | null): VenueProxy | null {
  if (rules === null) return null
  const { protocol, hostname, port } = new URL(target)
  if (protocol !== 'https:' && protocol !== 'wss:') return null
  const host = bare(hostname.toLowerCase())
  if (isLoopback(host) || rules.except.some(entry => matches(entry, host, port || '443'))) return null
  const proxy = new URL(rules.url)
  const { username, password } = proxy
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization =
    username === '' && password === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`
  return { url: `${proxy.protocol}//${proxy.host}`, authorization }
}

/** Whether NO_PROXY accepts this entry: `*`, a name with its subdomains, an address or a subnet; a port may follow. */
export function isProxyException(entry: string): boolean {
  const { pattern } = split(entry)
  if (pattern === '*' || isIP(pattern) !== 0 || subnetOf(pattern) !== null) return true
  return !/^[\d.]+$/.test(pattern) && /^(?:\*?\.)?[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/i.test(pattern)
}

function matches(entry: string, host: string, port: string): boolean {
  const { pattern, port: only } = split(entry.toLowerCase())
  if (only !== null && only !== port) return false
  if (pattern === '*' || pattern === host) return true
  if (isIP(host) !== 0) return subnetOf(pattern)?.check(host, familyOf(host)) ?? false
  const domain = pattern.replace(/^\*?\./, '')
  return host === domain || host.endsWith(`.${domain}`)
}

function split(entry: string): { readonly pattern: string; readonly port: string | null } {
  const [, bracketed, plain, port = null] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(entry) ?? []
  return { pattern: bracketed ?? plain ?? bare(entry), port }
}

function subnetOf(pattern: string): BlockList | null {
  const [, address = '', digits = ''] = /^(.+)\/(\d{1,3})$/.exec(pattern) ?? []
  if (isIP(address) === 0 || Number(digits) > (isIPv6(address) ? 128 : 32)) return null
  const subnet = new BlockList()
  subnet.addSubnet(address, Number(digits), familyOf(address))
  return subnet
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, familyOf(host)))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
