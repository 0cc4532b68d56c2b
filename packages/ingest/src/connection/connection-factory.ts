// Makes the connections to one product, when its host allows: see `host/host-connects.ts`.

import type { Feed } from '@tradelane/shared/market/nouns'
import { classOfStatus } from '../host/refusal.js'
import { Connection, type ConnectionOptions } from './connection.js'
import type { ConnectionChange } from './connection-change.js'
import type { ConnectionSetup } from './connection-setup.js'

export class ConnectionFactory {
  readonly setup: ConnectionSetup

  constructor(setup: ConnectionSetup) {
    this.setup = setup
  }

  /** Calls `open` once, perhaps at once, when a connection may be opened; it calls `connect`. Returns what takes it back. */
  request(feed: Feed, open: () => void): () => void {
    return this.setup.host.connects.request({ feed, route: this.setup.product.id, open })
  }

  connect(options: ConnectionOptions): Connection {
    let isOpened = false
    return new Connection(this.setup, {
      ...options,
      onChange: (connection, change) => {
        if (change.kind === 'opened') isOpened = true
        this.#tellHost(change, isOpened)
        options.onChange(connection, change)
      },
    })
  }

  #tellHost(change: ConnectionChange, isOpened: boolean): void {
    const { host, product } = this.setup
    if (change.kind === 'opened') host.connects.ended(product.id, 'accepted')
    if (change.kind !== 'ended') return
    if (isOpened) host.connects.lost(product.id)
    else if (change.refusal === undefined) host.connects.ended(product.id, null)
    else {
      const { status, retryAfterMs } = change.refusal
      const refusal = { refusalClass: classOfStatus(status), retryAfterMs, leastMs: 0, detail: `HTTP ${status}` }
      host.connects.ended(product.id, refusal)
    }
  }
}
