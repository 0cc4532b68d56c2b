// Subscribe requests and topic names. Spot refuses more than ten topics a request, and one unknown topic fails its whole
// request on either product, so all requests stay at ten.

import { Kind } from '@tradelane/shared/market/nouns'
import type { Request, Subscription } from '../venue.js'

const TOPICS_PER_REQUEST_MAX = 10
/** All topics of a connection may have 21,000 characters: 1,000 are left for what surrounds them. */
const TOPIC_CHARS_PER_CONNECTION_MAX = 20_000
/** Quotes and comma. */
const TOPIC_CHARS_EXTRA = 3
/** Fewer subscriptions a socket keep a reconnection small. */
const SUBSCRIPTIONS_PER_CONNECTION_MAX = 400

export function topicRequests(
  op: 'subscribe' | 'unsubscribe',
  subscriptions: readonly Subscription[],
  firstRequestId: number,
): readonly Request[] {
  const requests: Request[] = []
  for (let start = 0; start < subscriptions.length; start += TOPICS_PER_REQUEST_MAX) {
    const part = subscriptions.slice(start, start + TOPICS_PER_REQUEST_MAX)
    const id = String(firstRequestId + requests.length)
    requests.push({ id, text: JSON.stringify({ req_id: id, op, args: part.map(topicOf) }), subscriptions: part })
  }
  return requests
}

/** The subscriptions of one socket each. */
export function connectionParts(subscriptions: readonly Subscription[]): Subscription[][] {
  const parts: Subscription[][] = []
  let part: Subscription[] = []
  let chars = 0
  for (const stream of subscriptions) {
    const topicChars = topicOf(stream).length + TOPIC_CHARS_EXTRA
    if (part.length === SUBSCRIPTIONS_PER_CONNECTION_MAX || chars + topicChars > TOPIC_CHARS_PER_CONNECTION_MAX) {
      parts.push(part)
      part = []
      chars = 0
    }
    part.push(stream)
    chars += topicChars
  }
  if (part.length > 0) parts.push(part)
  return parts
}

function topicOf(stream: Subscription): string {
  const { symbol } = stream.instrument
  switch (stream.kind) {
    case Kind.trade:
      return `publicTrade.${symbol}`
    case Kind.liquidation:
      return `allLiquidation.${symbol}`
    case Kind.orderBookL1:
      return `orderbook.1.${symbol}`
    case Kind.openInterest:
      return `tickers.${symbol}`
    case Kind.orderBookL2:
      return `orderbook.200.${symbol}`
  }
}
