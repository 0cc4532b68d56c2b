// A book as a reader of the venues' manuals would build it, from the simulator's own sockets, sharing no code with the
// product. Slow and obvious; used by end-to-end tests only.

import WebSocket from 'ws'
import { type Level, Side } from './reference-side.js'

/** The terminal's "Book" figure: bid share of the summed amounts of the first n levels a side, in percent. */
export function bookPercent(bids: readonly { amount: string }[], asks: readonly { amount: string }[]): number {
  const levelCount = Math.min(bids.length, asks.length)
  let bidSum = 0
  let askSum = 0
  for (let rank = 0; rank < levelCount; rank += 1) {
    bidSum += Number(bids[rank]?.amount)
    askSum += Number(asks[rank]?.amount)
  }
  return bidSum + askSum === 0 ? 50 : (100 * bidSum) / (bidSum + askSum)
}

export interface ReferenceBook {
  /** Percent of the top 50 by wire sequence. */
  readonly percents: ReadonlyMap<number, number>
  close(): void
}

export async function followBinanceFutures(simUrl: string, symbol: string): Promise<ReferenceBook> {
  const percents = new Map<number, number>()
  const [bids, asks] = [new Side(-1), new Side(1)]
  const held: { u: number; U: number; pu: number; b: Level[]; a: Level[] }[] = []
  let lastId = -1
  const stream = `${symbol.toLowerCase()}@depth@100ms`
  const socket = new WebSocket(`${simUrl.replace('http', 'ws')}/binance-futures/public/stream?streams=${stream}`)
  const apply = (delta: (typeof held)[number]): void => {
    bids.change(delta.b)
    asks.change(delta.a)
    lastId = delta.u
    percents.set(delta.u, bookPercent(bids.best(), asks.best()))
  }
  socket.on('message', (raw: Buffer) => {
    const { data } = JSON.parse(raw.toString()) as { data?: (typeof held)[number] }
    if (data === undefined) return
    if (lastId < 0) held.push(data)
    else if (data.pu !== lastId) throw new Error(`the reference missed a delta of ${symbol}`)
    else apply(data)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  while (lastId < 0) {
    await new Promise(resolve => setTimeout(resolve, 300))
    const answer = await fetch(`${simUrl}/binance-futures/fapi/v1/depth?symbol=${symbol}&limit=1000`)
    const snapshot = (await answer.json()) as { lastUpdateId: number; bids: Level[]; asks: Level[] }
    const kept = held.filter(delta => delta.u >= snapshot.lastUpdateId)
    const first = kept[0]
    if (first === undefined || (first.U > snapshot.lastUpdateId && first.pu !== snapshot.lastUpdateId)) continue
    bids.change(snapshot.bids)
    asks.change(snapshot.asks)
    percents.set(snapshot.lastUpdateId, bookPercent(bids.best(), asks.best()))
    for (const delta of kept) apply(delta)
  }
  return { percents, close: () => socket.terminate() }
}

export async function followBybitLinear(simUrl: string, symbol: string): Promise<ReferenceBook> {
  const percents = new Map<number, number>()
  const [bids, asks] = [new Side(-1), new Side(1)]
  const socket = new WebSocket(`${simUrl.replace('http', 'ws')}/bybit-linear/v5/public/linear`)
  socket.on('message', (raw: Buffer) => {
    const frame = JSON.parse(raw.toString()) as { type?: string; data?: { seq: number; b: Level[]; a: Level[] } }
    if (frame.data === undefined) return
    if (frame.type === 'snapshot') {
      bids.clear()
      asks.clear()
    }
    bids.change(frame.data.b)
    asks.change(frame.data.a)
    percents.set(frame.data.seq, bookPercent(bids.best(), asks.best()))
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.send(JSON.stringify({ req_id: 'r1', op: 'subscribe', args: [`orderbook.200.${symbol}`] }))
  return { percents, close: () => socket.terminate() }
}
