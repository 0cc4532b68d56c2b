// Whether each host of the venues can be reached from here, by TLS where its endpoint says so, and how far this clock is from
// theirs. One request to each, all at once; whatever happens, each is judged after `VENUE_MS_MAX`.

import { promises as dns, lookup as systemLookup } from 'node:dns'
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import type { LookupFunction } from 'node:net'
import { connectThrough } from '@tradelane/ingest/host/proxy-agent'
import { proxyFor } from '@tradelane/ingest/host/venue-proxy'
import type { Settings } from '../settings.js'
import { proxyRulesOf } from '../thread-starts.js'
import { type Finding, fail, ok, warn } from './finding.js'

export const VENUE_MS_MAX = 5_000
/** The header has whole seconds, and its way here takes time. */
const CLOCK_OFF_MS_MAX = 2_000
/** Venues and the firewalls in front of them use these for clients that they do not serve. */
const REFUSALS: readonly number[] = [403, 418, 429, 451]

export async function venueChecks(settings: Settings): Promise<readonly Finding[]> {
  const judged = await Promise.all([...hostsOf(settings)].map(([origin, names]) => judge(settings, origin, names)))
  return [...judged.map(({ finding }) => finding), clockCheck(judged.flatMap(({ offMs }) => offMs ?? []))]
}

/** Origin → the products that need it. */
function hostsOf({ endpoints }: Settings): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const [id, { ws, rest }] of Object.entries(endpoints)) {
    for (const url of [ws.replace(/^ws/, 'http'), rest]) {
      const { origin } = new URL(url)
      const names = hosts.get(origin) ?? []
      if (!names.includes(id)) names.push(id)
      hosts.set(origin, names)
    }
  }
  return hosts
}

interface Judgement {
  readonly finding: Finding
  /** How far this clock is ahead of theirs. */
  readonly offMs?: number
}

async function judge(settings: Settings, origin: string, names: readonly string[]): Promise<Judgement> {
  const check = `venue ${new URL(origin).host}`
  const startMs = performance.now()
  try {
    const { status, tls, dateMs, through } = await ask(settings, origin)
    const found = `HTTP ${status} in ${Math.round(performance.now() - startMs)} ms, ${tls}${through}`
    const offMs = Number.isNaN(dateMs) ? {} : { offMs: Date.now() - dateMs - 500 }
    if (!REFUSALS.includes(status)) return { finding: ok(check, found), ...offMs }
    const advice = `it refuses this address, so ${names.join(', ')} may not start: see REGION, or use another network`
    return { finding: warn(check, found, advice), ...offMs }
  } catch (error) {
    const { message, code = '' } = error as NodeJS.ErrnoException
    return { finding: fail(check, `unreachable: ${message || code}`, adviceFor(settings, origin, names)) }
  }
}

function adviceFor(settings: Settings, origin: string, names: readonly string[]): string {
  const proxy = proxyFor(origin, proxyRulesOf(settings))
  const way =
    proxy === null ? 'firewall, name server, HTTPS_PROXY' : `HTTPS_PROXY (${new URL(proxy.url).host}), NO_PROXY`
  return `check ${way}; without it ${names.join(', ')} will not work`
}

interface Answer {
  readonly status: number
  readonly tls: string
  /** NaN where the answer has none. */
  readonly dateMs: number
  readonly through: string
}

async function ask(settings: Settings, origin: string): Promise<Answer> {
  const proxy = proxyFor(origin, proxyRulesOf(settings))
  const tunnel = proxy === null ? null : connectThrough(proxy, boundedLookup)
  const options = { method: 'GET', headers: { 'user-agent': 'tradelane-doctor' }, lookup: boundedLookup }
  const request = (origin.startsWith('https:') ? requestTls : requestPlain)(`${origin}/`, {
    ...options,
    ...(tunnel === null ? {} : { agent: tunnel.agent }),
  })
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${VENUE_MS_MAX} ms`)), VENUE_MS_MAX)
  try {
    const response = await answerTo(request)
    const refusal = tunnel?.refusal() ?? null
    if (refusal !== null) throw new Error(refusal)
    const { socket, statusCode: status = 0, headers } = response
    const tls = 'getProtocol' in socket ? String((socket as import('node:tls').TLSSocket).getProtocol()) : 'without TLS'
    const through = proxy === null ? '' : `, through the proxy ${new URL(proxy.url).host}`
    return { status, tls, dateMs: Date.parse(headers.date ?? ''), through }
  } finally {
    clearTimeout(timer)
    request.destroy()
    tunnel?.close()
  }
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', response => {
      response.on('error', () => {})
      resolve(response)
    })
    request.on('error', reject)
    request.end()
  })
}

/**
 * The system's own look-up cannot be given up, and a process that ends waits for it. So it is used only where a name server
 * answers, for names of the file of hosts, and where there is none, which it notices at once.
 */
const boundedLookup: LookupFunction = (host, options, callback) => {
  const resolver = new dns.Resolver({ timeout: VENUE_MS_MAX / 4, tries: 2 })
  resolver.resolve4(host).then(
    ([address = '']) => (options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ETIMEOUT') callback(new Error('the name server does not answer'), '')
      else systemLookup(host, options, callback)
    },
  )
}

/** `offMs`: of each venue that answered with its time. */
export function clockCheck(offMs: readonly number[]): Finding {
  const sorted = offMs.toSorted((left, right) => left - right)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (median === undefined)
    return warn('clock', 'not compared: no venue answered with its time', 'use NTP (timedatectl status)')
  const seconds = (Math.abs(median) / 1_000).toFixed(1)
  const found = `${seconds} s ${median < 0 ? 'behind' : 'ahead of'} the venues, at most 2 s is their resolution`
  return Math.abs(median) <= CLOCK_OFF_MS_MAX
    ? ok('clock', found)
    : warn('clock', found, 'set it by NTP (timedatectl set-ntp true): times in frames and logs are wrong by that')
}
