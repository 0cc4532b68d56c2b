// Frames of Binance as its manual shows them, see `../sample-frames.ts`.

import { SAMPLE_ID, type SampleFrames, sampleAmount, sampleLevels, samplePrice, sampleSide } from '../sample-frames.js'

export const spotSampleFrames: SampleFrames = {
  trade: (symbol, n, atMs) =>
    wrapped(
      symbol,
      'trade',
      `{"e":"trade","E":${atMs},"s":"${symbol}","t":${SAMPLE_ID + n},"p":"${samplePrice(n)}","q":"${sampleAmount(n)}","T":${atMs},"m":${n % 2 === 0},"M":true}`,
    ),
  top: (symbol, n) =>
    wrapped(
      symbol,
      'bookTicker',
      `{"u":${SAMPLE_ID + n},"s":"${symbol}","b":"${samplePrice(n)}","B":"${sampleAmount(n)}","a":"86723.50","A":"${sampleAmount(n + 1)}"}`,
    ),
  snapshot: () => `{"lastUpdateId":${SAMPLE_ID},"bids":${sampleSide(true)},"asks":${sampleSide(false)}}`,
  delta: (symbol, n, atMs) =>
    wrapped(
      symbol,
      'depth@100ms',
      `{"e":"depthUpdate","E":${atMs},"s":"${symbol}","U":${SAMPLE_ID + n},"u":${SAMPLE_ID + n},"b":${sampleLevels(true, n)},"a":${sampleLevels(false, n)}}`,
    ),
}

export const futuresSampleFrames: SampleFrames = {
  trade: (symbol, n, atMs) =>
    wrapped(
      symbol,
      'aggTrade',
      `{"e":"aggTrade","E":${atMs},"s":"${symbol}","a":${SAMPLE_ID + n},"p":"${samplePrice(n)}","q":"${sampleAmount(n)}","nq":"${sampleAmount(n)}","f":${SAMPLE_ID + n},"l":${SAMPLE_ID + n},"T":${atMs},"m":${n % 2 === 0},"st":1}`,
    ),
  top: (symbol, n, atMs) =>
    wrapped(
      symbol,
      'bookTicker',
      `{"e":"bookTicker","u":${SAMPLE_ID + n},"s":"${symbol}","ps":"${symbol}","b":"${samplePrice(n)}","B":"${sampleAmount(n)}","a":"86723.50","A":"${sampleAmount(n + 1)}","T":${atMs},"E":${atMs},"st":1}`,
    ),
  snapshot: (_symbol, atMs) =>
    `{"lastUpdateId":${SAMPLE_ID},"E":${atMs},"T":${atMs},"bids":${sampleSide(true)},"asks":${sampleSide(false)}}`,
  delta: (symbol, n, atMs) =>
    wrapped(
      symbol,
      'depth@100ms',
      `{"e":"depthUpdate","E":${atMs},"T":${atMs},"s":"${symbol}","U":${SAMPLE_ID + n},"u":${SAMPLE_ID + n},"pu":${SAMPLE_ID + n - 1},"b":${sampleLevels(true, n)},"a":${sampleLevels(false, n)}}`,
    ),
}

function wrapped(symbol: string, stream: string, data: string): string {
  return `{"stream":"${symbol.toLowerCase()}@${stream}","data":${data}}`
}
