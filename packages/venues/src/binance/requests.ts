// SUBSCRIBE and UNSUBSCRIBE, the same on all of Binance's products: at most 50 stream names per request, and an integer id that
// is echoed back.

import type { Request, Subscription } from '../venue.js'

const NAMES_PER_REQUEST_MAX = 50
/** 1,024 are allowed; with fewer per socket a reconnection loses less. */
const STREAMS_PER_CONNECTION_MAX = 200

export function streamRequests(
  method: 'SUBSCRIBE' | 'UNSUBSCRIBE',
  subscriptions: readonly Subscription[],
  firstRequestId: number,
  nameOf: (subscription: Subscription) => string,
): readonly Request[] {
  const requests: Request[] = []
  for (let start = 0; start < subscriptions.length; start += NAMES_PER_REQUEST_MAX) {
    const part = subscriptions.slice(start, start + NAMES_PER_REQUEST_MAX)
    const id = firstRequestId + requests.length
    requests.push({
      id: String(id),
      text: JSON.stringify({ method, params: part.map(nameOf), id }),
      subscriptions: part,
    })
  }
  return requests
}

/** The subscriptions of each connection. */
export function chunksOf(subscriptions: readonly Subscription[]): Subscription[][] {
  const parts: Subscription[][] = []
  for (let start = 0; start < subscriptions.length; start += STREAMS_PER_CONNECTION_MAX) {
    parts.push(subscriptions.slice(start, start + STREAMS_PER_CONNECTION_MAX))
  }
  return parts
}
