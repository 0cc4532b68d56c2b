// A book as a reader of the venues' manuals would build it, from the simulator's own sockets, sharing no code with the
// product: a Map of decimal texts per side, sorted at each use. Slow and obvious; used by end-to-end tests only.

import WebSocket from 'ws'

type Level = readonly [price: string, amount: string]

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
  const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  const held: { u: number; U: number; pu: number; b: Level[]; a: Level[] }[] = []
  let lastId = -1
  const stream = `${symbol.toLowerCase()}@depth@100ms`
  const socket = new WebSocket(`${simUrl.replace('http', 'ws')}/binance-futures/public/stream?streams=${stream}`)
  const apply = (delta: (typeof held)[number]): void => {
    change(sides.bids, delta.b)
    change(sides.asks, delta.a)
    lastId = delta.u
    percents.set(delta.u, percentOf(sides))
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
    change(sides.bids, snapshot.bids)
    change(sides.asks, snapshot.asks)
    percents.set(snapshot.lastUpdateId, percentOf(sides))
    for (const delta of kept) apply(delta)
  }
  return { percents, close: () => socket.terminate() }
}

export async function followBybitLinear(simUrl: string, symbol: string): Promise<ReferenceBook> {
  const percents = new Map<number, number>()
  const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  const socket = new WebSocket(`${simUrl.replace('http', 'ws')}/bybit-linear/v5/public/linear`)
  socket.on('message', (raw: Buffer) => {
    const frame = JSON.parse(raw.toString()) as { type?: string; data?: { seq: number; b: Level[]; a: Level[] } }
    if (frame.data === undefined) return
    if (frame.type === 'snapshot') {
      sides.bids.clear()
      sides.asks.clear()
    }
    change(sides.bids, frame.data.b)
    change(sides.asks, frame.data.a)
    percents.set(frame.data.seq, percentOf(sides))
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.send(JSON.stringify({ req_id: 'r1', op: 'subscribe', args: [`orderbook.200.${symbol}`] }))
  return { percents, close: () => socket.terminate() }
}

function change(side: Map<string, string>, levels: readonly Level[]): void {
  for (const [price, amount] of levels) {
    if (Number(amount) === 0) side.delete(price)
    else side.set(price, amount)
  }
}

function percentOf(sides: { bids: Map<string, string>; asks: Map<string, string> }): number {
  const top = (side: Map<string, string>, direction: 1 | -1): { amount: string }[] =>
    [...side]
      .sort(([left], [right]) => direction * (Number(left) - Number(right)))
      .slice(0, 50)
      .map(([, amount]) => ({ amount }))
  return bookPercent(top(sides.bids, -1), top(sides.asks, 1))
}
