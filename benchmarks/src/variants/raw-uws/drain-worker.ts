// A thread that takes the simulator's books and state off its sockets and looks at none of it, so that the simulator has its
// usual work while the trades' thread has none. Worker data: the simulator's URL.

import { workerData } from 'node:worker_threads'
import { readSettings } from '@tradelane/server/settings'
import { topologyOf } from '@tradelane/server/topology'
import { RawSocket } from '../../links/raw-socket.js'
import { plansOf, productOf } from '../venue-plans.js'

const { settings } = readSettings({}, {}, String(workerData))
const topology = topologyOf(settings)

for (const { id } of topology.products) {
  const product = productOf(id)
  for (const feed of ['state', 'book'] as const) {
    const { endpoint, plans, venueSettings } = plansOf(settings, topology, product, feed)
    for (const { path, subscriptions } of plans) {
      const requests = product.subscribe(subscriptions, 1, venueSettings)
      new RawSocket(endpoint + path, {
        onOpen: socket => {
          for (const [rank, { text }] of requests.entries()) {
            setTimeout(() => socket.sendText(text), rank * product.limits.requestSpacingMs)
          }
          keepAlive(socket, product.keepalive)
        },
      })
    }
  }
}

function keepAlive(socket: RawSocket, keepalive: ReturnType<typeof productOf>['keepalive']): void {
  if (keepalive.kind !== 'client-text') return
  let requestId = 1_000
  setInterval(() => {
    requestId += 1
    socket.sendText(keepalive.text(requestId))
  }, keepalive.afterMs)
}
