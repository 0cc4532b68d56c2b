// Whether the ports can be opened, and who could reach them.

import { CertificateError, readCertificate } from '@tradelane/shared/access/certificate'
import { certificatePathsOf, openPortsOf } from '../access-settings.js'
import { takePortOnce } from '../exclusive-port.js'
import type { Address } from '../setting-types.js'
import type { Settings } from '../settings.js'
import { type Finding, fail, ok, warn } from './finding.js'

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS_MIN = 14

export async function portChecks(settings: Settings): Promise<readonly Finding[]> {
  const ports = [{ name: 'WS_ADDR', address: settings.wsAddr }]
  if (settings.adminAddr !== null) ports.push({ name: 'ADMIN_ADDR', address: settings.adminAddr })
  const opened = await Promise.all(ports.map(portCheck))
  return [...opened, tokenCheck(settings, ports), certificateCheck(settings, Date.now())]
}

interface NamedPort {
  readonly name: string
  readonly address: Address
}

async function portCheck({ name, address }: NamedPort): Promise<Finding> {
  const check = `port of ${name}`
  try {
    await takePortOnce(address)
    return ok(check, `${address.host}:${address.port} can be opened`)
  } catch (error) {
    const advice = `end what listens there (another Tradelane?), or set another ${name}`
    return fail(check, error instanceof Error ? error.message : String(error), advice)
  }
}

export function tokenCheck(settings: Settings, ports: readonly NamedPort[]): Finding {
  const open = openPortsOf(settings, ports).map(({ setting, address }) => `${setting}=${address}`)
  if (open.length > 0) {
    const advice = 'set AUTH_TOKEN_FILE, or an address of loopback, unless everyone who reaches the machine may listen'
    return warn('token', `other machines can reach ${open.join(' and ')} without a token`, advice)
  }
  return ok('token', settings.authToken === null ? 'none; only this machine can connect' : 'needed to connect')
}

export function certificateCheck(settings: Settings, nowMs: number): Finding {
  const paths = certificatePathsOf(settings)
  if (paths === null) return ok('certificate', 'none: clients connect without TLS')
  try {
    const days = Math.floor((readCertificate(paths).validToMs - nowMs) / DAY_MS)
    const advice = 'renew it, then send SIGHUP: clients stay connected'
    if (days < 0) return fail('certificate', `${paths.certPath} expired ${-days} days ago`, advice)
    const found = `${paths.certPath} is valid for ${days} days`
    return days < CERTIFICATE_DAYS_MIN ? warn('certificate', found, advice) : ok('certificate', found)
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    return fail('certificate', error.message, 'correct TLS_CERT and TLS_KEY')
  }
}
