// Clients that are not measured and network paths that are worse than the loopback, in a process apart from probe and server.
// Receives one request from the runner and answers with the URLs of the paths.

import { DrainClient } from './drain-client.js'
import type { NetworkPath } from './network-path.js'
import { PathProxy } from './path-proxy.js'

export interface NetworkRequest {
  /** The server's. */
  readonly url: string
  readonly drainClientCount: number
  readonly paths: readonly NetworkPath[]
}

export type NetworkMessage =
  | { readonly type: 'ready' }
  /** In the order of `paths`. */
  | { readonly type: 'listening'; readonly urls: readonly string[] }
  /** A drain client lost its connection. */
  | { readonly type: 'failed'; readonly message: string }

process.once('message', (request: NetworkRequest) => {
  for (let client = 0; client < request.drainClientCount; client += 1) {
    new DrainClient(request.url, { onClosed: reason => send({ type: 'failed', message: `drain client: ${reason}` }) })
  }
  void Promise.all(request.paths.map(path => PathProxy.listen(request.url, path))).then(proxies =>
    send({ type: 'listening', urls: proxies.map(({ url }) => url) }),
  )
})
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(0))
send({ type: 'ready' })

function send(message: NetworkMessage): void {
  process.send?.(message)
}
