// Clients that are not measured, and lines that are worse than the loopback, apart from probe and server. One request from
// the runner; answers with the URLs of the lines.

import { LinkProxy } from './link-proxy.js'
import type { LinkSpec } from './link-spec.js'
import { RawSocket } from './raw-socket.js'

export interface LinksRequest {
  readonly url: string
  readonly drainedClients: number
  readonly links: readonly LinkSpec[]
}

export type LinksMessage =
  | { readonly type: 'ready' }
  /** In the order of `links`. */
  | { readonly type: 'linked'; readonly urls: readonly string[] }
  /** A drained client lost its connection. */
  | { readonly type: 'failed'; readonly message: string }

const tell = (message: LinksMessage): void => void process.send?.(message)

process.once('message', (request: LinksRequest) => {
  for (let client = 0; client < request.drainedClients; client += 1) {
    new RawSocket(request.url, { onClosed: reason => tell({ type: 'failed', message: `drained client: ${reason}` }) })
  }
  void Promise.all(request.links.map(link => LinkProxy.listen(request.url, link))).then(proxies =>
    tell({ type: 'linked', urls: proxies.map(({ url }) => url) }),
  )
})
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(0))
tell({ type: 'ready' })
