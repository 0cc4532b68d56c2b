// Frames that venues once sent, through the whole product: simulator → ingest → L2 worker → gateway → client. Every trade of
// the subscribed stream must come, every book must be the one that an independent reader of the capture has at its sequence,
// Binance's books must have the best prices that Binance sent, and OKX's the checksum that OKX sent.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { basename } from 'node:path'
import { describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { bookDigest, type TextLevel } from '@tradelane/probe/book-digest'
import WebSocket from 'ws'
import { type CaptureGroup, type Carried, carriedOf, groupsOf, type Recorded } from './capture-groups.js'
import { captureFiles, type Rebuilt, type RebuiltCapture, rebuild } from './capture-rebuild.js'
import { freePort, Program, sleep, until } from './program.js'

const AT_ONCE = 2
/** Beyond the length of the recording. */
const END_MS_MAX = 60_000
/** A playback without a frame for so long is over. */
const QUIET_MS = 700
/** Twice the price left the 1,000 levels of the recorded snapshot: the rebuilt top lacks levels that were never sent again. */
const TOPS_BEYOND_SNAPSHOT: ReadonlySet<number> = new Set([50_093_478_171, 50_093_480_538])

// All at once, before any client has to read in time.
const captures = captureFiles().map(file => ({ name: basename(file), file, rebuilt: rebuild(file) }))
if (captures.length === 0) test('recorded captures', { skip: 'skipped: no captures beside the repository' })

describe('recorded captures', { concurrency: AT_ONCE }, () => {
  for (const group of groupsOf(captures)) {
    test(`${group.captures.map(({ name }) => name).join(', ')}: trades and books are those of the capture`, {
      timeout: 240_000,
    }, async t => {
      const client = await replay(group)
      for (const { name, rebuilt } of group.captures) {
        assertReplayed(client, rebuilt, text => t.diagnostic(`${name}: ${text}`))
      }
    })
  }
})

function assertReplayed(client: Client, capture: RebuiltCapture, print: (text: string) => void): void {
  const carried = carriedOf(capture)
  assert.ok(carried.length > 0, 'the capture has an instrument that can be carried')
  const totals = {
    trades: 0,
    books: 0,
    booksDifferent: 0,
    tops: 0,
    topsDifferent: 0,
    l1: 0,
    l1Unknown: 0,
    checksums: 0,
    checksumsWrong: 0,
  }
  for (const { product, rebuilt, key } of carried) {
    const received = client.markets.get(key) ?? newMarket()
    assert.deepEqual(received.tradeIds, rebuilt.tradeIds, `trades of ${key}`)
    totals.trades += received.tradeIds.length
    for (const book of received.books) judge(book, rebuilt, totals)
    if (hasLastBook(product, rebuilt)) assert.ok(isLastBook(received.books, rebuilt), `the last book of ${key}`)
    totals.l1 += received.tops.length
    totals.l1Unknown += received.tops.filter(top => !rebuilt.quotes.has(top)).length
  }
  const left = capture.symbols.size - carried.length
  print(`${tableRow(capture.frameCount, totals)}${left === 0 ? '' : `; ${left} symbols neither spot nor swap`}`)
  assert.deepEqual([totals.booksDifferent, totals.topsDifferent, totals.checksumsWrong, totals.l1Unknown], [0, 0, 0, 0])
  const hasBooks = carried.some(({ rebuilt }) => rebuilt.books.size > 1)
  if (hasBooks) assert.ok(totals.books > 0, 'books were compared')
}

/** A book of Binance is withheld where the price leaves what its one recorded snapshot shows. */
function hasLastBook(product: string, { lastDigest }: Rebuilt): boolean {
  return !product.startsWith('binance') && lastDigest !== ''
}

function isLastBook(books: readonly Book[], { lastDigest }: Rebuilt): boolean {
  const last = books.at(-1)
  return last !== undefined && bookDigest(last.bids, last.asks) === lastDigest
}

interface Book {
  readonly sequence: number
  readonly bids: readonly TextLevel[]
  readonly asks: readonly TextLevel[]
}

interface Market {
  readonly tradeIds: string[]
  readonly books: Book[]
  /** Best prices and amounts as numbers. */
  readonly tops: string[]
}

function newMarket(): Market {
  return { tradeIds: [], books: [], tops: [] }
}

function tableRow(frameCount: number, totals: Readonly<Record<string, number>>): string {
  const { trades, books, booksDifferent, tops, topsDifferent, l1, l1Unknown, checksums, checksumsWrong } = totals
  return (
    `frames ${frameCount} | trades ${trades} | books ${books}, different ${booksDifferent} | ` +
    `tops ${tops}, different ${topsDifferent} | L1 ${l1}, unknown ${l1Unknown} | ` +
    `checksums ${checksums}, wrong ${checksumsWrong}`
  )
}

type Totals = Record<'books' | 'booksDifferent' | 'tops' | 'topsDifferent' | 'checksums' | 'checksumsWrong', number>

function judge({ sequence, bids, asks }: Book, rebuilt: Rebuilt, totals: Totals): void {
  const digest = bookDigest(bids, asks)
  totals.books += 1
  if (!rebuilt.books.get(sequence)?.has(digest)) totals.booksDifferent += 1
  const ticker = rebuilt.tops.get(sequence)
  if (ticker !== undefined && !TOPS_BEYOND_SNAPSHOT.has(ticker.id)) {
    totals.tops += 1
    const top = [bids[0]?.price, bids[0]?.amount, asks[0]?.price, asks[0]?.amount].join()
    if (top !== ticker.top) totals.topsDifferent += 1
  }
  const checksum = rebuilt.checksums.get(digest)
  if (checksum === undefined) return
  totals.checksums += 1
  if ((crc32(checksumText(bids, asks)) | 0) !== checksum) totals.checksumsWrong += 1
}

/** OKX's rule for archives: the best 25 of both sides in turn, the shorter side skipped. */
function checksumText(bids: readonly TextLevel[], asks: readonly TextLevel[]): string {
  const parts: string[] = []
  for (let rank = 0; rank < 25; rank += 1) {
    for (const level of [bids[rank], asks[rank]]) if (level !== undefined) parts.push(level.price, level.amount)
  }
  return parts.join(':')
}

async function replay({ speed, products, captures: played }: CaptureGroup): Promise<Client> {
  const [simPort, wsPort] = [await freePort(), await freePort()]
  const files = played.map(({ file }) => file)
  const sim = new Program(['sim', '--port', String(simPort), '--capture', ...files, '--speed', String(speed)])
  await sim.untilReady(`http://127.0.0.1:${simPort}/control/stats`)
  const carried = played.flatMap(({ rebuilt }) => carriedOf(rebuilt))
  const gateway = new Program(['serve', '--sim', `ws://127.0.0.1:${simPort}`, '--ws-addr', `127.0.0.1:${wsPort}`], {
    INSTRUMENTS: carried.map(({ product, base, quote }) => `${product}:${base}-${quote}`).join(),
    SUBSCRIPTIONS: [...products].map(product => `${product}:order_book_l2`).join(),
    BINANCE_FUTURES_TRADES: played.some(({ rebuilt }) => rebuilt.hasSingleFills) ? 'raw' : 'aggTrade',
    // Played as fast as it is read: this client may fall behind by as many, and books must not grow old in the ring.
    WS_TRADES_BUFFER: '50000',
    WS_L2_BUFFER: '4097',
    L1_THROTTLE_MS: '0',
    L2_THROTTLE_BINANCE_MS: '0',
    L2_THROTTLE_BYBIT_MS: '0',
    L2_THROTTLE_OKX_MS: '0',
  })
  try {
    await gateway.untilReady(`http://127.0.0.1:${wsPort}/healthz`)
    const url = `ws://127.0.0.1:${wsPort}`
    // The playback begins with the subscription, perhaps before this process had the processor again.
    const client = new Client(`${url}?since=${await streamOf(url)}:0`)
    const seconds = Math.max(...played.map(({ rebuilt }) => rebuilt.seconds))
    await untilPlayed(client, played, speed === 'max' ? 0 : (seconds / speed) * 1_000)
    client.close()
    return client
  } finally {
    await gateway.stop()
    await sim.stop()
  }
}

async function streamOf(url: string): Promise<string> {
  const socket = new WebSocket(url)
  const [text] = (await once(socket, 'message')) as [Buffer]
  socket.terminate()
  const welcome = JSON.parse(text.toString()) as { readonly type: string; readonly stream: string }
  assert.equal(welcome.type, 'welcome')
  return welcome.stream
}

/** Until every trade and the last books have come, and then nothing more comes. */
async function untilPlayed(client: Client, captures: readonly Recorded[], msExpected: number): Promise<void> {
  const carried = captures.flatMap(({ rebuilt }) => carriedOf(rebuilt))
  await until(
    () => carried.every(each => client.hasAll(each)),
    () => missingOf(client, carried),
    msExpected + END_MS_MAX,
  )
  for (let before = -1; before !== client.frameCount; ) {
    before = client.frameCount
    await sleep(QUIET_MS)
  }
}

function missingOf(client: Client, carried: readonly Carried[]): string {
  const missing = carried.filter(each => !client.hasAll(each))
  return missing.map(each => client.lackOf(each)).join('; ')
}

class Client {
  readonly markets = new Map<string, Market>()
  /** The last one of an instrument. */
  readonly statuses = new Map<string, string>()
  frameCount = 0
  readonly #socket: WebSocket

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (text: Buffer) => this.#take(JSON.parse(text.toString())))
  }

  close(): void {
    this.#socket.terminate()
  }

  hasAll({ key, product, rebuilt }: Carried): boolean {
    const { tradeIds, books } = this.markets.get(key) ?? newMarket()
    if (tradeIds.length < rebuilt.tradeIds.length) return false
    return !hasLastBook(product, rebuilt) || isLastBook(books, rebuilt)
  }

  lackOf({ key, rebuilt }: Carried): string {
    const { tradeIds, books } = this.markets.get(key) ?? newMarket()
    const last = isLastBook(books, rebuilt) ? 'the last book' : `another last book, ${books.at(-1)?.sequence ?? 'none'}`
    return `${key}: ${tradeIds.length} of ${rebuilt.tradeIds.length} trades, ${last}, ${this.statuses.get(key)}`
  }

  // biome-ignore lint/suspicious/noExplicitAny: our own wire, judged by its values.
  #take(frame: any): void {
    const { type, kind, exchange, instrument, data } = frame
    this.frameCount += 1
    if (type === 'status' && instrument) {
      const { base, quote } = instrument
      this.statuses.set(`${exchange} ${instrument.kind} ${base}-${quote}`, JSON.stringify(frame))
    }
    if (type !== undefined || !['trade', 'order_book_l1', 'order_book_l2'].includes(kind)) return
    const key = `${exchange} ${instrument.kind} ${instrument.base}-${instrument.quote}`
    const market = this.markets.get(key) ?? newMarket()
    this.markets.set(key, market)
    if (kind === 'trade') {
      market.tradeIds.push(data.id)
    } else if (kind === 'order_book_l1') market.tops.push(topText(data))
    else {
      const { sequence, bids, asks } = data.Snapshot
      market.books.push({ sequence, bids: bids.levels, asks: asks.levels })
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: our own wire, judged by its values.
function topText({ best_bid: bid, best_ask: ask }: any): string {
  return [bid?.price, bid?.amount, ask?.price, ask?.amount].map(Number).join()
}
