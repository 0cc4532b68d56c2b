// What the settings say about who may connect, in the form that threads are given.

import assert from 'node:assert/strict'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { CertificateError, readCertificate } from '@tradelane/shared/access/certificate'
import type { AccessRules, CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import { SettingError } from './setting-error.js'
import type { Address } from './setting-types.js'
import type { SettingValues } from './settings-table.js'

type AccessSettings = Pick<SettingValues, 'authToken' | 'allowedOrigins' | 'tlsCert' | 'tlsKey'>

/** `pageOrigins`: of the pages that Tradelane itself serves, which are always allowed. */
export function accessRulesOf(
  { authToken, allowedOrigins }: AccessSettings,
  pageOrigins: readonly string[],
): AccessRules {
  // None listed: every one is allowed, and so are these.
  const origins = allowedOrigins.length === 0 ? [] : [...allowedOrigins, ...pageOrigins]
  return { tokenDigest: authToken, allowedOrigins: origins }
}

/** Null: without TLS. */
export function certificatePathsOf({ tlsCert, tlsKey }: AccessSettings): CertificatePaths | null {
  assert((tlsCert === null) === (tlsKey === null), 'the settings have a certificate and its key, or neither')
  return tlsCert === null || tlsKey === null ? null : { certPath: tlsCert, keyPath: tlsKey }
}

/** Throws `SettingError` where TLS is set and could not be served. */
export function checkCertificate(settings: AccessSettings): void {
  const paths = certificatePathsOf(settings)
  try {
    if (paths !== null) readCertificate(paths)
  } catch (error) {
    throw error instanceof CertificateError ? new SettingError(error.message) : error
  }
}

/** The origins of the pages served on this address, by its own names, those of this machine, and the further names given. */
export function pageOriginsOf(page: {
  readonly isTls: boolean
  readonly address: Address
  /** `host` or `host:port`; the port is that of the address where it is absent. */
  readonly hosts: readonly string[]
}): readonly string[] {
  const { isTls, address, hosts } = page
  const scheme = isTls ? 'https' : 'http'
  const names = [nameOf(address.host), ...LOOPBACK_NAMES, ...hosts]
  const origins = names.map(name => {
    const hasPort = /:\d+$/.test(name) && !name.endsWith(']')
    return new URL(`${scheme}://${hasPort ? name : `${name}:${address.port}`}`).origin
  })
  return [...new Set(origins)]
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

function nameOf(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** What is written once at a start: which ports other machines can reach while nobody needs a token. */
export function openPortsOf(
  { authToken }: AccessSettings,
  ports: readonly { readonly name: string; readonly address: Address }[],
): readonly { readonly setting: string; readonly address: string }[] {
  if (authToken !== null) return []
  return ports
    .filter(({ address }) => !isLoopback(address.host))
    .map(({ name, address }) => ({ setting: name, address: `${nameOf(address.host)}:${address.port}` }))
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Of names only the one that means this machine everywhere. */
function isLoopback(host: string): boolean {
  if (isIPv4(host)) return LOOPBACK.check(host, 'ipv4')
  return isIPv6(host) ? LOOPBACK.check(host, 'ipv6') : host.toLowerCase() === 'localhost'
}
