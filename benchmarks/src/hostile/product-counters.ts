// What the product has counted, and what it knows of its clients, by the report of its admin port.

import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

/** By name. */
export type ProductCounters = Readonly<Record<string, number>>

export interface CounterSource {
  /** Of the admin port: `http://host:port`, or `https:` with TLS. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Of one client of the product. */
export interface ClientFigures {
  readonly address: string
  readonly connectedMs: number
  readonly hasAnswered: boolean
  readonly unacknowledgedBytes: number
  readonly bufferedBytes: number
}

export interface ProductReport {
  readonly counters: ProductCounters
  readonly clients: readonly ClientFigures[]
}

interface Report {
  readonly counters: Readonly<Record<string, { readonly value: number }>>
  readonly clients: { readonly list: readonly ClientFigures[] }
}

const ANSWER_MS_MAX = 2_000
/** An admin port that was flooded refuses requests for a while. */
const REFUSED_MS_MAX = 5_000
const PAUSE_MS = 200
const OK = 200
const NOT_FOUND = 404

/** Null where the product has no such report. */
export async function readProductCounters(source: CounterSource): Promise<ProductCounters | null> {
  return (await readProductReport(source))?.counters ?? null
}

/** Null where the product has no such report. */
export async function readProductReport(source: CounterSource): Promise<ProductReport | null> {
  const deadlineMs = performance.now() + REFUSED_MS_MAX
  for (;;) {
    const { status, body } = await requestReport(source)
    if (status === OK) {
      const { counters, clients } = JSON.parse(body) as Report
      const values = Object.entries(counters).map(([name, { value }]) => [name, value] as const)
      return { counters: Object.fromEntries(values), clients: clients.list }
    }
    if (status === NOT_FOUND || performance.now() >= deadlineMs) return null
    await sleep(PAUSE_MS)
  }
}

/** By how much each of these has grown; only those that have. */
export function risen(before: ProductCounters | null, after: ProductCounters | null): ProductCounters {
  if (before === null || after === null) return {}
  const grown = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
  return Object.fromEntries(grown.filter(([, growth]) => growth > 0))
}

/** Status 0 without an answer. */
async function requestReport({ url, headers }: CounterSource): Promise<{ status: number; body: string }> {
  const get = url.startsWith('https:') ? getSecure : getPlain
  const signal = AbortSignal.timeout(ANSWER_MS_MAX)
  return await new Promise(resolve => {
    const none = (): void => resolve({ status: 0, body: '' })
    // The certificate is one of this machine's own.
    const request = get(`${url}/stat`, { headers, signal, rejectUnauthorized: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', none)
    })
    request.on('error', none)
  })
}
