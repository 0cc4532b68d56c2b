// The probe against a small server that sends canned frames, good and bad, and a journal written by hand: each fault must be
// found, and a faultless run must pass.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Kind } from '@tradelane/shared/market/nouns'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import { type WebSocket, WebSocketServer } from 'ws'
import { bookDigest } from './book-digest.js'
import { type ProbeOptions, runProbe } from './probe.js'
import type { ProbeReport } from './probe-report.js'
import { formatReport } from './report-text.js'

const STREAM = 'abcd1234'
const KINDS = [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2]
const PRODUCTS = [
  {
    id: 'binance-futures',
    exchange: 'BinanceFuturesUsd',
    marketType: 'Perpetual',
    kinds: KINDS,
    defaultKinds: KINDS,
    symbolOf: (base: string, quote: string) => `${base}${quote}`.toUpperCase(),
  },
]
const BIDS = [{ price: '100.1', amount: '2.50' }]
const ASKS = [{ price: '100.2', amount: '1' }]
const LIQUIDATION_TIME = '2026-02-03T04:05:07.002Z'

/** What one connection is sent, in order. */
interface Script {
  readonly frames: readonly string[]
  readonly closeCode?: number
}

describe('the probe', { concurrency: 8 }, () => {
  test('passes a faultless server, and reports what came', async () => {
    const sentUs = monotonicUs()
    const report = await probe({ frames: goodFrames(), journal: goodJournal(sentUs), clients: 3 })
    assert.deepEqual(report.failures, [])
    const target = report.targets[0]
    assert.equal(target?.measuredClients, 3)
    const product = target?.products[0]
    assert.equal(product?.label, 'BinanceFuturesUsd Perpetual')
    assert.equal(product?.frames.trade, 9)
    assert.deepEqual(product?.books, ['btc-usdt'])
    assert.equal(product?.received.trade?.count, 9)
    assert.equal(product?.scheduled?.count, 9)
    assert.ok((product?.scheduled?.p50Us ?? 0) > 0)
    assert.ok((product?.scheduled?.maxUs ?? 0) <= monotonicUs() - sentUs)
    assert.deepEqual(target?.journal?.books, { checked: 1, matched: 1, matchedInBase: 0, mismatched: 0, unmatched: 0 })
    assert.equal(target?.journal?.trades.expected, 9)
    assert.equal(target?.journal?.liquidations.expected, 3)
    assert.equal(target?.schema.checked, goodFrames().length)
    assert.match(formatReport(report), /\nPASS\n$/)
  })

  test('a trade that never came is a loss, for the client that missed it only', async () => {
    let connection = 0
    const report = await probe({
      script: () => {
        connection += 1
        return { frames: connection === 2 ? goodFrames().filter(text => !text.includes('"id":"2"')) : goodFrames() }
      },
      journal: goodJournal(),
      clients: 3,
    })
    assertFailures(report, [/^1 sequences missed without a gap frame$/, /^1 trades lost$/])
    assert.match(formatReport(report), /FAIL: 2 expectations were not met\n$/)
  })

  test('trades that are missing in the place of a gap frame are announced, not lost, unless it reports fewer', async () => {
    const frames = goodFrames()
    const announcing = (missed: number | null): string[] => [
      welcome(),
      trade('1', 1),
      gap(2, missed),
      ...frames.slice(3),
    ]
    for (const missed of [1, null]) {
      const report = await probe({ frames: announcing(missed), journal: goodJournal() })
      assertFailures(report, [])
      assert.equal(report.targets[0]?.journal?.trades.announced, 1)
      assert.match(formatReport(report), /0 lost, 1 missing and announced/)
    }
    const report = await probe({ frames: announcing(0), journal: goodJournal() })
    assertFailures(report, [/^1 gap frames that report fewer trades missing than there are$/])
  })

  test('a gap frame elsewhere announces nothing', async () => {
    const frames = goodFrames()
    const late = [welcome(), trade('1', 1), trade('3', 2), gap(3, 1), ...frames.slice(4)]
    assertFailures(await probe({ frames: late, journal: goodJournal() }), [/^1 trades lost$/])
  })

  test('a liquidation is announced by a gap frame in its place, of its time, that does not count trades', async () => {
    const minuteMs = 60_000
    const lostMs = Date.parse(LIQUIDATION_TIME) + minuteMs
    const [before, after] = [isoUs((lostMs - 100) * 1_000), isoUs((lostMs + 100) * 1_000)]
    const journal = [
      ...goodJournal().split('\n').slice(0, -1),
      ...[lostMs, lostMs + minuteMs].map(ms => `Q binance-futures BTCUSDT 1 2 99 2 Sell ${ms}`),
      tradeLine('4', `${Math.round(monotonicUs())} ${Math.round(monotonicUs())}`),
      '',
    ].join('\n')
    const cases = [
      [gap(5, 0, before, after), 0],
      [gap(5, null, before, after), 0],
      [gap(5, null, null, null), 0],
      [gap(5, 3, before, after), 1],
      [gap(5, 0, after, isoUs((lostMs + 200) * 1_000)), 1],
      [trade('4', 5), 1],
    ] as const
    for (const [gap, lostCount] of cases) {
      const frames = [...goodFrames(), gap, liquidation(6, isoUs((lostMs + minuteMs) * 1_000))]
      const report = await probe({ frames, journal })
      assertFailures(report, lostCount === 1 ? [/^1 liquidations lost$/] : [])
      assert.equal(report.targets[0]?.journal?.liquidations.announced, 1 - lostCount)
    }
  })

  test('books in base currency are known by the second digest', async () => {
    const journal = `${goodJournal()}B binance-futures BTCUSDT 501 0000000000000000 ${digest()}\n`
    const report = await probe({ frames: [...goodFrames(), book(501, '2.50')], journal })
    assertFailures(report, [])
    assert.equal(report.targets[0]?.journal?.books.matchedInBase, 1)
  })

  test('what the journal has before the first and after the last trade received is no loss', async () => {
    const lines = goodJournal().split('\n')
    const journal = [tradeLine('0'), ...lines.slice(0, -1), tradeLine('4'), tradeLine('5'), ''].join('\n')
    assertFailures(await probe({ frames: goodFrames(), journal }), [])
  })

  test('a short time owes no liquidation but one that the journal has of it', async () => {
    const frames = goodFrames().filter(text => !text.includes('"kind":"liquidation"'))
    const journal = goodJournal().replaceAll(/^Q .*\n/gm, '')
    const sent = (sentUs: number): string =>
      `${journal}Q binance-futures SOLUSDT ${Math.round(sentUs)} ${Math.round(sentUs)} 99 2 Sell ${Date.parse(LIQUIDATION_TIME)}\n`
    assertFailures(await probe({ frames }), [])
    assertFailures(await probe({ frames, journal }), [])
    assertFailures(await probe({ frames, journal: sent(monotonicUs() - 60e6) }), [])
    const missing = [/no liquidation came to 1 of 1 clients$/]
    // The time of listening begins when the client is connected.
    assertFailures(await probe({ frames, journal: sent(monotonicUs() + 500e3), seconds: 1 }), missing)
    assertFailures(await probe({ frames, require: ['liquidation'] }), missing)
  })

  test('a trade that came twice is found by its sequence and by its id', async () => {
    const frames = goodFrames()
    const report = await probe({ frames: [...frames, frames[1] as string], journal: goodJournal() })
    assertFailures(report, [/^1 sequences out of order$/, /^1 trades received twice$/])
  })

  test('trades in another order than the journal’s are found, whatever their sequence says', async () => {
    const frames = [welcome(), trade('1', 1), trade('3', 2), trade('2', 3), ...goodFrames().slice(4)]
    assertFailures(await probe({ frames, journal: goodJournal() }), [/^1 trades out of order$/])
  })

  test('a trade that the venue never made is found', async () => {
    const frames = [...goodFrames(), trade('77', 5)]
    assertFailures(await probe({ frames, journal: goodJournal() }), [/^1 trades that the journal does not know$/])
  })

  test('a trade with another price than sent is found', async () => {
    const frames = goodFrames().map(text => (text.includes('"id":"2"') ? text.replace('100.15', '100.16') : text))
    assertFailures(await probe({ frames, journal: goodJournal() }), [
      /^1 trades with another price, amount or side than sent$/,
    ])
  })

  test('a liquidation that the journal does not know is found', async () => {
    const frames = goodFrames().map(text =>
      text.includes('"liquidation"') ? text.replace('"price":99', '"price":98') : text,
    )
    assertFailures(await probe({ frames, journal: goodJournal() }), [/^1 liquidations that the journal does not know$/])
  })

  test('a book whose text differs, or whose sequence never was, is found', async () => {
    const frames = [...goodFrames(), book(501, '2.5'), book(777, '2.50')]
    assertFailures(await probe({ frames, journal: `${goodJournal()}B binance-futures BTCUSDT 501 ${digest()}\n` }), [
      /^1 books differ from the journal at their sequence$/,
      /^1 books have a sequence that the journal does not know$/,
    ])
  })

  test('a last journal line that is still being written is not read', async () => {
    assertFailures(await probe({ frames: goodFrames(), journal: `${goodJournal()}T binance-futures BTCUSDT 3` }), [])
  })

  test('a first frame other than the welcome fails', async () => {
    const frames = [trade('1', 1), ...goodFrames()]
    const report = await probe({ frames })
    assert.match(report.failures[0] ?? '', /client 0: the first frame is not the welcome: \{"time_exchange"/)
  })

  test('a frame that breaks the schema fails, unless asked not to look', async () => {
    const frames = goodFrames().map(text => text.replace('"side":"Buy"},"seq":3', '"side":"buy"},"seq":3'))
    const report = await probe({ frames })
    assertFailures(report, [/^schema: trade: data.side: /])
    assertFailures(await probe({ frames, isStrict: false }), [])
  })

  test('sequences that an overrun gap announced are not missed', async () => {
    const gap = `{"type":"gap","lane":"trades","reason":"overrun","stream":"${STREAM}","from":5,"to":9,"missed":5}`
    const report = await probe({ frames: [...goodFrames(), gap, trade('10', 10)] })
    assertFailures(report, [])
    assert.deepEqual(report.targets[0]?.gaps, { overrunCount: 1, overrunMissed: 5, upstreamCount: 0, restartCount: 0 })
  })

  test('a kind that never came fails, unless it was not required', async () => {
    const frames = goodFrames().filter(text => !text.includes('"kind":"open_interest"'))
    assertFailures(await probe({ frames }), [/Perpetual: no open_interest came to 1 of 1 clients$/])
    assertFailures(await probe({ frames, require: ['trade', 'order_book_l2'] }), [])
  })

  test('an exchange that only status frames name fails', async () => {
    const status = `{"type":"status","product":"okx-swap","exchange":"Okx","instrument":null,"of":"trade","state":"down","since":"${isoUs(wallUs())}","reason":"disconnected"}`
    assertFailures(await probe({ frames: [...goodFrames(), status] }), [/^Okx: no event came$/])
  })

  test('late frames break the latency limits', async () => {
    const frames = goodFrames(wallUs() - 30_000)
    assertFailures(await probe({ frames, hasDefaultLimits: true }), [/p50 \d/, /p95 \d/, /p99 \d/])
    assertFailures(await probe({ frames, p99Ms: 10_000 }), [])
    const journal = goodJournal(monotonicUs() - 60_000_000)
    assertFailures(await probe({ frames: goodFrames(), journal, p99Ms: 10_000 }), [/scheduled → client p99 6\d/])
  })

  test('a server that closes early, or is not there, fails', async () => {
    const report = await probe({ script: () => ({ frames: goodFrames(), closeCode: 1013 }) })
    assertFailures(report, [/^client 0: closed by the server with 1013$/])
    // Nothing is there to listen to, so it does not take its time.
    const nowhere = await runProbe({ urls: ['ws://127.0.0.1:9'], seconds: 3_600, products: PRODUCTS })
    assert.match(nowhere.failures.join('\n'), /client 0: .*ECONNREFUSED/)
    assert.match(nowhere.failures.join('\n'), /no event came/)
  })

  test('clients beyond the measured ones are counted only', async () => {
    const report = await probe({ frames: goodFrames(), clients: 4, measuredClients: 1 })
    assertFailures(report, [])
    assert.equal(report.targets[0]?.frames, 4 * goodFrames().length)
    assert.equal(report.targets[0]?.products[0]?.frames.trade, 3)
  })

  test('an acknowledging client asks for numbers, acknowledges the newest, and judges the frames without them', async () => {
    const received: string[] = []
    const frames = numbered(goodFrames())
    const report = await probe({ frames, ack: true, received, journal: goodJournal() })
    assertFailures(report, [])
    const [path, ...acknowledgements] = received
    assert.equal(path, '/?ack=1')
    const numbers = acknowledgements.map(text => (JSON.parse(text) as { op: string; n: number }).n)
    assert.equal(numbers.at(-1), frames.length)
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((one, other) => one - other),
    )
    assert.equal(report.targets[0]?.schema.checked, frames.length)
  })

  test('a frame without the next number fails an acknowledging client', async () => {
    const without = /^client 0: not the next frame number: \{/
    assertFailures(await probe({ frames: goodFrames(), ack: true }), [without])
    const skipping = numbered(goodFrames()).map(text => text.replace('{"n":9,', '{"n":10,'))
    const failures = (await probe({ frames: skipping, ack: true })).failures
    assert.match(failures[0] ?? '', /client 0: not the next frame number: \{"n":10,/)
  })

  test('an abort ends the listening early', async () => {
    const startedMs = performance.now()
    await probe({ frames: goodFrames(), seconds: 60, signal: AbortSignal.timeout(100) })
    assert.ok(performance.now() - startedMs < 5_000)
  })
})

function assertFailures(report: ProbeReport, expected: readonly RegExp[]): void {
  const failures = report.failures.map(failure => failure.replace(/^ws:\/\/\S+: /, ''))
  assert.equal(failures.length, expected.length, failures.join('\n'))
  for (const [index, pattern] of expected.entries()) assert.match(failures[index] ?? '', pattern)
}

type Given = Partial<Omit<ProbeOptions, 'journal'>> & {
  readonly frames?: readonly string[]
  readonly script?: () => Script
  /** Its text. */
  readonly journal?: string
  readonly hasDefaultLimits?: boolean
  /** Gets the path of each connection and what clients send. */
  readonly received?: string[]
}

async function probe({ frames, script, journal, hasDefaultLimits, received, ...options }: Given): Promise<ProbeReport> {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-probe-'))
  const path = join(folder, 'journal.txt')
  let isFlushed = false
  const http = createServer((request, response) => {
    isFlushed ||= request.url === '/control/flush'
    // The journal is complete only once it was flushed: a probe that does not ask finds an empty one.
    void writeFile(path, journal ?? '').then(() => response.end())
  })
  const server = new WebSocketServer({ server: http })
  server.on('connection', (socket, { url }) => {
    received?.push(url ?? '')
    socket.on('message', (message: Buffer) => received?.push(message.toString()))
    send(socket, script?.() ?? { frames: frames ?? [] })
  })
  await new Promise<void>(resolve => {
    http.listen(0, '127.0.0.1', resolve)
  })
  const { port } = http.address() as AddressInfo
  try {
    await writeFile(path, '')
    const report = await runProbe({
      urls: [`ws://127.0.0.1:${port}`],
      seconds: 0.1,
      products: PRODUCTS,
      // Eight of these tests share two cores: latency is judged where a test says so.
      ...(hasDefaultLimits ? {} : { p99Ms: 50_000 }),
      ...(journal === undefined ? {} : { journal: path, sim: `http://127.0.0.1:${port}` }),
      ...options,
    })
    assert.equal(isFlushed, journal !== undefined)
    return report
  } finally {
    server.close()
    http.close()
    http.closeAllConnections()
    await rm(folder, { recursive: true })
  }
}

function send(socket: WebSocket, { frames, closeCode }: Script): void {
  for (const text of frames) socket.send(text)
  if (closeCode !== undefined) setTimeout(() => socket.close(closeCode), 20)
}

function numbered(frames: readonly string[]): string[] {
  return frames.map((text, index) => `{"n":${index + 1},${text.slice(1)}`)
}

function goodFrames(receivedUs = wallUs()): string[] {
  const event = (kind: string, payload: string, rest = ''): string => eventText(kind, payload, rest, receivedUs)
  return [
    welcome(),
    trade('1', 1, receivedUs),
    trade('2', 2, receivedUs),
    trade('3', 3, receivedUs),
    liquidation(4, LIQUIDATION_TIME, receivedUs),
    event('open_interest', '{"contracts":5,"contracts_base":5,"notional":null,"notional_usd":null,"time":null}'),
    event(
      'cumulative_volume_delta',
      `{"complete":true,"delta_base":1,"delta_quote":-2,"since":"${isoUs(receivedUs)}"}`,
    ),
    event('order_book_l1', `{"best_ask":null,"best_bid":null,"last_update_time":"${isoUs(receivedUs)}"}`),
    book(500, '2.50', receivedUs),
  ]
}

function welcome(): string {
  return `{"message":"hello","timestamp":"${isoUs(wallUs())}","type":"welcome","stream":"${STREAM}","seq":0,"version":"1"}`
}

function trade(id: string, sequence: number, receivedUs = wallUs()): string {
  const payload = `{"amount":0.5,"amount_base":0.5,"id":"${id}","price":100.15,"side":"Buy"}`
  return eventText('trade', payload, `,"seq":${sequence}`, receivedUs)
}

function liquidation(sequence: number, time: string, receivedUs = wallUs()): string {
  const amounts = '"price":99,"price_average":null,"quantity":2,"quantity_base":2'
  const payload = `{"order_side":"Sell","position_side":"long",${amounts},"side":"Sell","time":"${time}"}`
  return eventText('liquidation', payload, `,"seq":${sequence}`, receivedUs)
}

function gap(
  sequence: number,
  missed: number | null,
  from: string | null = isoUs(wallUs()),
  to: string | null = isoUs(wallUs()),
): string {
  const times = `"from_time":${JSON.stringify(from)},"to_time":${JSON.stringify(to)}`
  const where = '"exchange":"BinanceFuturesUsd","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"}'
  const head = `"type":"gap","lane":"trades","reason":"upstream","stream":"${STREAM}","seq":${sequence},"from":null,"to":null`
  return `{${head},"missed":${missed},${where},"last_id":"1","first_id":"3",${times}}`
}

function book(sequence: number, bidAmount: string, receivedUs = wallUs()): string {
  const levels = (side: object[]): string => JSON.stringify({ levels: side })
  const bids = levels(BIDS.map(({ price }) => ({ amount: bidAmount, price })))
  const payload = `{"Snapshot":{"asks":${levels(ASKS)},"bids":${bids},"confirmed":"2026-02-03T04:05:06.211009Z","sequence":${sequence},"time_engine":null,"unchanged_since":"2026-02-03T04:05:06.211009Z"}}`
  return eventText('order_book_l2', payload, '', receivedUs)
}

function eventText(kind: string, payload: string, rest: string, receivedUs: number): string {
  const times = `"time_exchange":"${isoUs(receivedUs)}","time_received":"${isoUs(receivedUs)}"`
  const where = '"exchange":"BinanceFuturesUsd","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"}'
  return `{${times},${where},"kind":"${kind}","data":${payload}${rest}}`
}

function goodJournal(scheduledUs = monotonicUs()): string {
  const sent = `${Math.round(scheduledUs)} ${Math.round(scheduledUs + 20)}`
  return [
    '# a journal',
    ...['1', '2', '3'].map(id => tradeLine(id, sent)),
    `Q binance-futures BTCUSDT ${sent} 99 2 Sell ${Date.parse(LIQUIDATION_TIME)}`,
    `B binance-futures BTCUSDT 500 ${digest()}`,
    'T binance-futures ETHUSDT 9 1 2 3000 1 Buy',
    '',
  ].join('\n')
}

function tradeLine(id: string, sent = '1 2'): string {
  return `T binance-futures BTCUSDT ${id} ${sent} 100.15 0.50 Buy`
}

function digest(): string {
  return bookDigest(BIDS, ASKS)
}

function wallUs(): number {
  return Date.now() * 1_000
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}
