// Who may come in, the same on every port: with the token, where one is set, and from an allowed origin, where a browser asks on
// behalf of a page. Pure: a request is four strings, any of which may be hostile.

import type { AccessRules } from '../thread/thread-messages.js'
import { offeredToken } from './subprotocols.js'
import { isTokenOf } from './token.js'

/** Header values are empty where there is no such header. */
export interface AccessRequest {
  readonly authorization: string
  readonly origin: string
  /** `Sec-WebSocket-Protocol`. */
  readonly subprotocols: string
  /** Of the URL, without the question mark. */
  readonly query: string
}

export type AccessVerdict = 'allowed' | 'no-token' | 'wrong-origin'

export class AccessPolicy {
  readonly #tokenDigest: Uint8Array | null
  readonly #allowedOrigins: ReadonlySet<string>

  constructor({ tokenDigest, allowedOrigins }: AccessRules) {
    this.#tokenDigest = tokenDigest === null ? null : Buffer.from(tokenDigest, 'hex')
    this.#allowedOrigins = new Set(allowedOrigins)
  }

  judge(request: AccessRequest): AccessVerdict {
    if (!this.#hasToken(request)) return 'no-token'
    return this.#isAllowedOrigin(request.origin) ? 'allowed' : 'wrong-origin'
  }

  /** Any of the three ways will do; of each, one candidate is looked at. */
  #hasToken({ authorization, query, subprotocols }: AccessRequest): boolean {
    const digest = this.#tokenDigest
    return (
      digest === null ||
      isTokenOf(bearerToken(authorization), digest) ||
      isTokenOf(queryToken(query), digest) ||
      isTokenOf(offeredToken(subprotocols), digest)
    )
  }

  /** Only browsers send an origin, in its one canonical form: programs that send none are allowed. */
  #isAllowedOrigin(origin: string): boolean {
    return origin === '' || this.#allowedOrigins.size === 0 || this.#allowedOrigins.has(origin)
  }
}

/** `scheme://host[:port]` as browsers send it; null where the text is none. */
export function originOf(text: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i.test(text) || !URL.canParse(text)) return null
  const { protocol, host } = new URL(text)
  return host === '' ? null : `${protocol}//${host}`
}

function bearerToken(authorization: string): string {
  return /^bearer {1,8}(\S{1,256}) {0,8}$/i.exec(authorization)?.[1] ?? ''
}

/** The first parameter of this name. Of a longer value, escapes included, the rest is ignored. */
function queryToken(query: string): string {
  const value = /(?:^|&)token=([^&]{0,768})/.exec(query)?.[1] ?? ''
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
