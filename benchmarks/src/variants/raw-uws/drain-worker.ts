// A thread that receives the simulator's books and state and discards them, so that the simulator has its usual work and the
// thread of the trades has none. Worker data: the simulator's URL.

import { workerData } from 'node:worker_threads'
import { readSettings } from '@tradelane/server/settings'
import { topologyOf } from '@tradelane/server/topology'
import type { Product } from '@tradelane/venues/venue'
import { DrainClient } from '../../network/drain-client.js'
import { plansOf, productOf } from '../venue-plans.js'

const { settings } = readSettings({}, {}, String(workerData))
const topology = topologyOf(settings)

for (const { id } of topology.products) {
  const product = productOf(id)
  for (const feed of ['state', 'book'] as const) {
    const { endpoint, plans, venueSettings } = plansOf(settings, topology, product, feed)
    for (const { path, subscriptions } of plans) {
      const requests = product.subscribe(subscriptions, 1, venueSettings)
      new DrainClient(endpoint + path, {
        onOpen: client => {
          for (const [rank, { text }] of requests.entries()) {
            setTimeout(() => client.sendText(text), rank * product.limits.requestSpacingMs)
          }
          keepAlive(client, product.keepalive)
        },
      })
    }
  }
}

function keepAlive(client: DrainClient, keepalive: Product['keepalive']): void {
  if (keepalive.kind !== 'client-text') return
  let requestId = 1_000
  setInterval(() => {
    requestId += 1
    client.sendText(keepalive.text(requestId))
  }, keepalive.afterMs)
}
