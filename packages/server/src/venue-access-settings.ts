// The settings of how venues are reached: by which hosts, and through which proxy.

import { isProxyException } from '@tradelane/ingest/host/venue-proxy'
import { REGIONS } from '@tradelane/venues/registry'
import * as z from 'zod'
import { oneOf, readEach, type Setting } from './setting-types.js'

export const VENUE_ACCESS_SETTINGS = {
  region: oneOf(
    'REGION',
    'hosts that venues document for their clients of a region, where they have some; never seen live; ENDPOINT_… wins',
    REGIONS,
    REGIONS[0],
  ),
  httpsProxy: {
    name: 'HTTPS_PROXY',
    about: 'proxy for wss:// and https:// to the venues, by CONNECT; may have user and password; has no flag',
    accepted: 'http:// or https:// and host:port, with user:password@ in front of the host where the proxy wants them',
    fallback: '',
    isSecret: true,
    isAnyCase: true,
    schema: z.string().transform(readProxy),
  },
  noProxy: {
    name: 'NO_PROXY',
    about: 'hosts reached without HTTPS_PROXY; this machine always is; has no flag',
    accepted: 'a list of names (with their subdomains), addresses or subnets, each maybe with a port, or *',
    fallback: '',
    hasNoFlag: true,
    isAnyCase: true,
    schema: z
      .string()
      .transform(text => text.replaceAll(/\s+/g, ','))
      .transform((text, context) => readEach(text, context, entry => (isProxyException(entry) ? entry : null))),
  },
} as const satisfies Record<string, Setting<unknown>>

/** Null for an empty text. */
function readProxy(text: string, context: z.RefinementCtx): string | null {
  if (text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && !/[?#]/.test(text)) return url.href
  context.addIssue('invalid proxy')
  return z.NEVER
}
