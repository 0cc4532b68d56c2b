// SUBSCRIBE and UNSUBSCRIBE as Binance takes them on every product: at most 50 names a request, an integer id echoed back.

import type { Request, Subscription } from '../venue.js'

const NAMES_PER_REQUEST_MAX = 50
/** 1,024 are allowed; fewer a socket keep a reconnection small. */
const STREAMS_PER_CONNECTION_MAX = 200

export function streamRequests(
  method: 'SUBSCRIBE' | 'UNSUBSCRIBE',
  streams: readonly Subscription[],
  firstRequestId: number,
  nameOf: (stream: Subscription) => string,
): readonly Request[] {
  const requests: Request[] = []
  for (let start = 0; start < streams.length; start += NAMES_PER_REQUEST_MAX) {
    const part = streams.slice(start, start + NAMES_PER_REQUEST_MAX)
    const id = firstRequestId + requests.length
    requests.push({
      id: String(id),
      text: JSON.stringify({ method, params: part.map(nameOf), id }),
      subscriptions: part,
    })
  }
  return requests
}

/** The streams of one socket each. */
export function chunksOf(streams: readonly Subscription[]): Subscription[][] {
  const parts: Subscription[][] = []
  for (let start = 0; start < streams.length; start += STREAMS_PER_CONNECTION_MAX) {
    parts.push(streams.slice(start, start + STREAMS_PER_CONNECTION_MAX))
  }
  return parts
}
