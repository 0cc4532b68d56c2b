// Subscribe requests and topic names. Spot refuses more than ten topics per request, and one unknown topic fails its whole
// request on either product, so all requests have at most ten.

import { Kind } from '@tradelane/shared/market/nouns'
import type { Request, Subscription } from '../venue.js'

const TOPICS_PER_REQUEST_MAX = 10
/** All topics of a connection may have 21,000 characters; 1,000 are kept free for the rest of the requests. */
const TOPIC_CHARS_PER_CONNECTION_MAX = 20_000
/** Quotes and comma. */
const TOPIC_CHARS_EXTRA = 3
/** With fewer subscriptions per socket a reconnection loses less. */
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

/** The subscriptions of each connection. */
export function connectionParts(subscriptions: readonly Subscription[]): Subscription[][] {
  const parts: Subscription[][] = []
  let part: Subscription[] = []
  let chars = 0
  for (const subscription of subscriptions) {
    const topicChars = topicOf(subscription).length + TOPIC_CHARS_EXTRA
    if (part.length === SUBSCRIPTIONS_PER_CONNECTION_MAX || chars + topicChars > TOPIC_CHARS_PER_CONNECTION_MAX) {
      parts.push(part)
      part = []
      chars = 0
    }
    part.push(subscription)
    chars += topicChars
  }
  if (part.length > 0) parts.push(part)
  return parts
}

function topicOf({ kind, instrument }: Subscription): string {
  const { symbol } = instrument
  switch (kind) {
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
