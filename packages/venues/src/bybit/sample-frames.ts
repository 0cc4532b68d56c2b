// Frames of Bybit as its manual shows them, see `../sample-frames.ts`. The products differ in the order of their keys.

import { SAMPLE_ID, type SampleFrames, sampleAmount, sampleLevels, samplePrice, sampleSide } from '../sample-frames.js'

export function bybitSampleFrames(category: 'linear' | 'spot'): SampleFrames {
  const isSpot = category === 'spot'
  const head = (topic: string, type: string, atMs: number): string =>
    isSpot ? `"topic":"${topic}","ts":${atMs},"type":"${type}"` : `"topic":"${topic}","type":"${type}","ts":${atMs}`
  const book = (depth: number, type: string, [symbol, u, atMs]: Frame, bids: string, asks: string): string =>
    `{${head(`orderbook.${depth}.${symbol}`, type, atMs)},"data":{"s":"${symbol}","b":${bids},"a":${asks},"u":${SAMPLE_ID + u},"seq":${SAMPLE_ID + u}},"cts":${atMs}}`
  return {
    trade: (symbol, n, atMs) => {
      const side = n % 2 === 0 ? 'Sell' : 'Buy'
      const trade = isSpot
        ? `{"i":"22900000000${SAMPLE_ID + n}","T":${atMs},"p":"${samplePrice(n)}","v":"${sampleAmount(n)}","S":"${side}","s":"${symbol}","BT":false,"RPI":false,"seq":${SAMPLE_ID + n}}`
        : `{"T":${atMs},"s":"${symbol}","S":"${side}","v":"${sampleAmount(n)}","p":"${samplePrice(n)}","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-${100_000_000_000 + n}","BT":false,"RPI":false,"seq":${SAMPLE_ID + n}}`
      return `{${head(`publicTrade.${symbol}`, 'snapshot', atMs)},"data":[${trade}]}`
    },
    top: (symbol, n, atMs) => {
      const bids = `[["${samplePrice(1)}","${sampleAmount(n)}"]]`
      return book(1, n === 1 ? 'snapshot' : 'delta', [symbol, n, atMs], bids, n === 1 ? '[["86723.50","5.959"]]' : '[]')
    },
    snapshot: (symbol, atMs) => book(200, 'snapshot', [symbol, 0, atMs], sampleSide(true), sampleSide(false)),
    delta: (symbol, n, atMs) => book(200, 'delta', [symbol, n, atMs], sampleLevels(true, n), sampleLevels(false, n)),
  }
}

type Frame = readonly [symbol: string, u: number, atMs: number]
