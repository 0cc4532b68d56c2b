// OKX acknowledges every argument separately, so a request has one. Liquidations are subscribed by instrument type: one
// argument covers all instruments.

import { Kind } from '@tradelane/shared/market/nouns'
import type { Request, Subscription } from '../venue.js'

export function channelRequests(
  op: 'subscribe' | 'unsubscribe',
  subscriptions: readonly Subscription[],
  firstRequestId: number,
): readonly Request[] {
  const requests: Request[] = []
  const add = (arg: object, of: readonly Subscription[]): void => {
    const id = String(firstRequestId + requests.length)
    requests.push({ id, text: JSON.stringify({ id, op, args: [arg] }), subscriptions: of })
  }
  const liquidations = subscriptions.filter(subscription => subscription.kind === Kind.liquidation)
  if (liquidations.length > 0) add({ channel: 'liquidation-orders', instType: 'SWAP' }, liquidations)
  for (const subscription of subscriptions) {
    const { kind, instrument } = subscription
    if (kind !== Kind.liquidation) add({ channel: CHANNELS[kind], instId: instrument.symbol }, [subscription])
  }
  return requests
}

const CHANNELS = {
  [Kind.trade]: 'trades',
  [Kind.orderBookL1]: 'bbo-tbt',
  [Kind.openInterest]: 'open-interest',
  [Kind.orderBookL2]: 'books',
} as const
