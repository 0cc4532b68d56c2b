// Carries one connection to a venue through a proxy, by CONNECT.

import type { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import type { VenueProxy } from './venue-proxy.js'

export interface ProxyConnect {
  readonly agent: Agent
  /** What the proxy answered when it refused; null when it did not. */
  readonly refusal: () => string | null
  /** Ends its connection: the library leaves one that the proxy never answers open for ever. */
  readonly close: () => void
}

/** `lookup`: of the proxy's name, where not the system's. */
export function connectThrough({ url, authorization }: VenueProxy, lookup?: LookupFunction): ProxyConnect {
  const end = new AbortController()
  const headers = authorization === null ? {} : { 'Proxy-Authorization': authorization }
  const agent = new HttpsProxyAgent(url, { headers, signal: end.signal, ...(lookup && { lookup }) })
  let refusal: string | null = null
  agent.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
    if (statusCode !== 200) refusal = `the proxy answered HTTP ${statusCode}`
  })
  return { agent, refusal: () => refusal, close: () => end.abort() }
}
