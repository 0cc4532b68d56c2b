// `fetch`, through the proxy where there is one for the URL. Node's own `fetch` knows no proxy on Node 20: undici's package, of
// which Node has a copy, is loaded only then.

import type { ProxyRules } from '@tradelane/shared/thread/thread-messages'
import { proxyFor, type VenueProxy } from '../host/venue-proxy.js'
import type { FetchOptions } from './fetch.js'

/** What the REST thread reads of an answer. */
export type Answer = Pick<Response, 'status' | 'headers'> & { readonly body: ReadableStream<Uint8Array> | null }

type FetchThrough = (url: string, options: FetchOptions) => Promise<Answer>

/** One proxy serves all hosts. */
let through: Promise<FetchThrough> | undefined

export async function proxiedFetch(url: string, options: FetchOptions, rules: ProxyRules | null): Promise<Answer> {
  const proxy = proxyFor(url, rules)
  if (proxy === null) return (await fetch(url, options)) as Answer
  through ??= openProxy(proxy)
  const fetchThrough = await through
  return await fetchThrough(url, options)
}

async function openProxy({ url: uri, authorization }: VenueProxy): Promise<FetchThrough> {
  // Its bundle has a default export only.
  const { default: undici } = await import('undici')
  const dispatcher = new undici.ProxyAgent(authorization === null ? { uri } : { uri, token: authorization })
  return async (url, options) => (await undici.fetch(url, { ...options, dispatcher })) as unknown as Answer
}
