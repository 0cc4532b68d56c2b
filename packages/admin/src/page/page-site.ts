// The page's files as they are answered: read at the first request, compressed once. The page itself is written for each host by
// which it is reached, since it names the gateway.

import { gzipSync } from 'node:zlib'
import { type PageFile, readPageFiles } from '@tradelane/page/page-files'
import { type GatewayAddress, webSocketUrl } from './page-address.js'

export interface PageAnswer {
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array<ArrayBuffer>
}

interface SiteOptions {
  readonly gateway: GatewayAddress
  readonly naivePort: number | null
  readonly needsToken: boolean
}

export class PageSite {
  readonly #gateway: GatewayAddress
  readonly #needsToken: boolean
  readonly #files: ReadonlyMap<string, PageFile>
  readonly #compressed = new Map<string, Uint8Array<ArrayBuffer>>()
  /** Of the demo's naive socket; null where there is none. */
  naivePort: number | null

  constructor({ gateway, naivePort, needsToken }: SiteOptions) {
    this.#gateway = gateway
    this.#needsToken = needsToken
    this.naivePort = naivePort
    this.#files = new Map(readPageFiles().map(file => [file.path, file]))
  }

  /** What a browser needs before it can present a token. Nothing of it depends on what the process does. */
  has(path: string): boolean {
    return this.#files.has(path)
  }

  /** Undefined where it is no file of the page. */
  answer(path: string, host: string, acceptsGzip: boolean): PageAnswer | undefined {
    const file = this.#files.get(path)
    if (file === undefined) return undefined
    if (path === '/') return this.#pageFor(host, file)
    const bytes = acceptsGzip ? this.#gzipped(file) : new Uint8Array(file.bytes)
    return {
      bytes,
      headers: {
        ...SAFE,
        'content-type': file.type,
        'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        // A worker has its own policy.
        'content-security-policy': this.#policy(host),
        vary: 'accept-encoding',
        ...(acceptsGzip ? { 'content-encoding': 'gzip' } : {}),
      },
    }
  }

  #pageFor(host: string, { bytes, type }: PageFile): PageAnswer {
    const [gateway, naive] = this.#urls(host)
    const facts: Readonly<Record<string, string>> = { gateway, naive, token: this.#needsToken ? 'needed' : '' }
    const text = bytes.toString('utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => facts[name] ?? '')
    const headers = {
      ...SAFE,
      'content-type': type,
      'cache-control': 'no-store',
      'content-security-policy': this.#policy(host),
    }
    return { bytes: new Uint8Array(Buffer.from(text)), headers }
  }

  #policy(host: string): string {
    const urls = this.#urls(host).filter(url => url !== '')
    return [
      "default-src 'none'",
      "script-src 'self'",
      "worker-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src 'self' ${urls.join(' ')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; ')
  }

  #urls(host: string): readonly [gateway: string, naive: string] {
    const naive = this.naivePort === null ? '' : webSocketUrl(host, { ...this.#gateway, port: this.naivePort })
    return [webSocketUrl(host, this.#gateway), naive]
  }

  #gzipped({ path, bytes }: PageFile): Uint8Array<ArrayBuffer> {
    const made = this.#compressed.get(path) ?? new Uint8Array(gzipSync(bytes))
    this.#compressed.set(path, made)
    return made
  }
}

const SAFE = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}
