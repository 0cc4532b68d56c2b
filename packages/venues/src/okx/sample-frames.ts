// Frames of OKX as its manual shows them, see `../sample-frames.ts`.

import { SAMPLE_ID, type SampleFrames, sampleAmount, sampleLevels, samplePrice, sampleSide } from '../sample-frames.js'

/** A level has the number of its orders, too. */
const ORDERS = ',"0","3"'

export const okxSampleFrames: SampleFrames = {
  trade: (symbol, n, atMs) =>
    `{${arg('trades', symbol)},"data":[{"instId":"${symbol}","tradeId":"${SAMPLE_ID + n}","px":"${samplePrice(n)}","sz":"${sampleAmount(n)}","side":"${n % 2 === 0 ? 'sell' : 'buy'}","ts":"${atMs}","count":"1","source":"0","seqId":${SAMPLE_ID + n}}]}`,
  top: (symbol, n, atMs) =>
    `{${arg('bbo-tbt', symbol)},"data":[{"asks":[["86723.50","${sampleAmount(n + 1)}"${ORDERS}]],"bids":[["${samplePrice(n)}","${sampleAmount(n)}"${ORDERS}]],"ts":"${atMs}","seqId":${SAMPLE_ID + n}}]}`,
  snapshot: (symbol, atMs) => book(symbol, 'snapshot', atMs, 0, sampleSide(true, ORDERS), sampleSide(false, ORDERS)),
  delta: (symbol, n, atMs) =>
    book(symbol, 'update', atMs, n, sampleLevels(true, n, ORDERS), sampleLevels(false, n, ORDERS)),
}

function arg(channel: string, symbol: string): string {
  return `"arg":{"channel":"${channel}","instId":"${symbol}"}`
}

function book(symbol: string, action: string, atMs: number, n: number, bids: string, asks: string): string {
  const previous = n === 0 ? -1 : SAMPLE_ID + n - 1
  return `{${arg('books', symbol)},"action":"${action}","data":[{"asks":${asks},"bids":${bids},"ts":"${atMs}","checksum":0,"prevSeqId":${previous},"seqId":${SAMPLE_ID + n}}]}`
}
