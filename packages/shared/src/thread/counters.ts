// Named counters in shared memory: a block per thread, one writer per word, summed on read. Doubles hold counts exactly up
// to 2^53, and aligned ones do not tear on the supported platforms.
//
//   byte 0        64
//        | magic  | block of thread 0: one f64 per name | block of thread 1 …
//        | version|

import assert from 'node:assert/strict'

const MAGIC = 0x544c434f // "TLCO"
const VERSION = 1
const HEADER_BYTES = 64

export const COUNTER_NAMES = [
  // ingest
  'framesReceived',
  'framesMalformed',
  'framesUnknown',
  'tradesPublished',
  'tradesMalformed',
  'tradesDuplicate',
  'tradesTooLarge',
  'liquidationsPublished',
  'upstreamGaps',
  'statesPublished',
  'statesTooLarge',
  'l2FramesForwarded',
  'l2FramesLost',
  'bookPauses',
  'connects',
  'reconnects',
  'rejections',
  'restRequests',
  'restFailures',
  // l2-worker
  'depthFrames',
  'depthFramesMalformed',
  'bookGaps',
  'bookLosses',
  'bookResyncs',
  'shardsBehind',
  'booksCrossed',
  'booksPublished',
  'booksTooLarge',
  // gateway
  'clientsConnected',
  'clientsTotal',
  'framesSent',
  'bytesSent',
  'sendsFailed',
  'tradeOverruns',
  'clientFramesIgnored',
  'clientsStalled',
  'pings',
  'pongs',
  'pongsUnmatched',
  'clientPings', // pings that clients sent
  'clientsRefusedTotal', // handshakes refused because all gateways together have CLIENTS_MAX clients
  'clientsRefusedAddress', // handshakes refused because their address has CLIENTS_PER_IP_MAX clients
  'clientsRefusedRate', // handshakes refused because their address sent too many in a short time
  'clientsRefusedRequest', // handshakes refused because their URL is too long
  'clientsEndedMessages', // clients ended because they sent too many messages
  'clientsEndedPongs', // clients ended because they sent too many pongs that answer no ping
  'requestsAnswered', // requests of plain HTTP that got what they asked for
  'requestsRefused', // requests of plain HTTP refused for their path, method or body
  'requestsRefusedRate', // requests of plain HTTP refused because their address sent too many in a short time
  'requestsAborted', // requests and handshakes whose connection ended before their answer
  'requestsDropped', // requests and handshakes whose connection was cut because too many waited for their answer
  'portClosed', // times that the port was closed for want of descriptors
  'portFailures', // times that the port could not be opened again
  // handshakes refused because the client presented no token or a wrong one (401)
  'tokensRefused',
  // handshakes refused because the page that asked is not of an allowed origin (403)
  'originsRefused',
  // certificates taken into use after the start, by each gateway
  'certificatesRenewed',
  // admin
  // requests refused because they presented no token or a wrong one (401)
  'adminTokensRefused',
  // requests refused because the page that asked is not of an allowed origin (403)
  'adminOriginsRefused',
] as const
export type CounterName = (typeof COUNTER_NAMES)[number]

const INDEX_OF = Object.fromEntries(COUNTER_NAMES.map((name, index) => [name, index])) as Record<CounterName, number>

export function createCounters(threadCount: number): SharedArrayBuffer {
  const counters = new SharedArrayBuffer(HEADER_BYTES + threadCount * COUNTER_NAMES.length * 8)
  new Int32Array(counters).set([MAGIC, VERSION, threadCount, COUNTER_NAMES.length])
  return counters
}

export class Counters {
  readonly #words: Float64Array

  constructor(counters: SharedArrayBuffer, threadIndex: number) {
    this.#words = blockOf(counters, threadIndex)
  }

  add(name: CounterName, count = 1): void {
    assert(count >= 0, 'a counter only grows')
    const index = INDEX_OF[name]
    this.#words[index] = this.#words[index]! + count
  }

  /** For a figure that also falls, such as the number of connected clients. */
  set(name: CounterName, value: number): void {
    assert(value >= 0, 'a count is never negative')
    this.#words[INDEX_OF[name]] = value
  }
}

export function readThreadCounters(counters: SharedArrayBuffer, threadIndex: number): Record<CounterName, number> {
  const words = blockOf(counters, threadIndex)
  return Object.fromEntries(COUNTER_NAMES.map((name, index) => [name, words[index]])) as Record<CounterName, number>
}

export function readCounters(counters: SharedArrayBuffer): Record<CounterName, number> {
  const threadCount = new Int32Array(counters)[2]!
  const sums = readThreadCounters(counters, 0)
  for (let threadIndex = 1; threadIndex < threadCount; threadIndex += 1) {
    const ofThread = readThreadCounters(counters, threadIndex)
    for (const name of COUNTER_NAMES) sums[name] += ofThread[name]
  }
  return sums
}

function blockOf(counters: SharedArrayBuffer, threadIndex: number): Float64Array {
  const head = new Int32Array(counters, 0, 4)
  assert(head[0] === MAGIC && head[1] === VERSION, 'not a counter block of this version')
  assert(head[3] === COUNTER_NAMES.length, 'the counter block was made by another build')
  assert(threadIndex >= 0 && threadIndex < head[2]!, 'no such thread in the counter block')
  return new Float64Array(counters, HEADER_BYTES + threadIndex * COUNTER_NAMES.length * 8, COUNTER_NAMES.length)
}
