// The topic names of Bybit v5 that the simulator offers, and what each is for.
import type { Feed } from '../topics.js'

/** 1 is the quote; the others are books, each with its own chain of `u`. */
export const BOOK_DEPTHS = [50, 200, 1000] as const

export function feedOf(topicName: string): Feed {
  if (topicName.startsWith('publicTrade.')) return 'trade'
  return topicName.startsWith('orderbook.') && !topicName.startsWith('orderbook.1.') ? 'book' : 'state'
}
