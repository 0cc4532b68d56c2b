// Credit towards real sockets: clients of every kind side by side on one gateway thread. Each trade carries the time of its
// publication, so that its wait times the client's rate is what was in flight before it.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { CREDIT_MAX_BYTES, NO_PONG_MS, PACED_BYTES_PER_S } from './limits.js'
import { CreditClient } from './test/credit-client.js'
import { GatewayUnderTest, sleep } from './test/gateway-fixture.js'

const INSTRUMENTS = 12
const BOOK_BYTES = 6_000
const BOOKS_PER_S = 120
const TRADES_PER_S = 100
/** Until every credit has settled, and those that never answer are known for it. */
const WARM_MS = NO_PONG_MS + 1_000
const MEASURE_MS = process.env['STRESS'] === 'long' ? 60_000 : 6_000

const gateway = new GatewayUnderTest({ instrumentCount: INSTRUMENTS, retained: 20_000 })
let version = 0
let booksOffered = 0
/** Of the quick client while it was alone. */
let aloneWaitMs = 0
let stoppedAtVersion = 0
let isFeeding = true
const clients: Record<string, CreditClient> = {}

before(async () => {
  const news = await gateway.started()
  assert.equal(news.type, 'running', JSON.stringify(news))
  const fed = feed()
  const quick = join('quick')
  await sleep(1_000)
  quick.measure()
  await sleep(1_500)
  aloneWaitMs = quick.waitMs(0.5)
  join('100 kB/s', { bytesPerS: 100_000 })
  join('300 kB/s', { bytesPerS: 300_000 })
  join('1 MB/s', { bytesPerS: 1_000_000 })
  join('1 MB/s, 50 ms', { bytesPerS: 1_000_000, pongMs: 50 })
  join('newest only', { pongs: 'newest' })
  join('late', { pongMs: 300 })
  join('mute', { pongs: 'none' })
  join('wrong payload', { pongs: 'wrong' })
  const pinging = join('pinging')
  const stopped = join('stopped')
  const pings = setInterval(() => pinging.ping(), 10)
  await sleep(1_500)
  stopped.raw.stop()
  await sleep(WARM_MS - 1_500)
  for (const client of Object.values(clients)) client.measure()
  const versionBefore = version
  await sleep(MEASURE_MS)
  booksOffered = (version - versionBefore) * INSTRUMENTS
  clearInterval(pings)
  stoppedAtVersion = version
  for (const client of Object.values(clients)) freeze(client)
  stopped.raw.resume()
  isFeeding = false
  await fed
  await sleep(500)
})

after(async () => {
  for (const { raw } of Object.values(clients)) raw.close()
  await gateway.stop()
})

test('a client on a line that is fast enough gets all books, near or far, answering each ping or the newest', t => {
  const quick = clientOf('quick')
  // What this machine conflates for everybody is not the credit's work.
  const offered = Math.min(booksOffered, frozenOf(quick).books)
  assert.ok(offered > 0.7 * booksOffered, `${offered} of ${booksOffered} books for the quick one`)
  for (const name of ['1 MB/s', '1 MB/s, 50 ms', 'newest only', 'pinging']) {
    const { books } = frozenOf(clientOf(name))
    report(t, name)
    assert.ok(books >= 0.95 * offered, `${name}: ${books} of ${offered} books`)
  }
  report(t, 'late')
  assert.ok(frozenOf(clientOf('late')).books >= 0.6 * offered, 'on a way of 300 ms the largest credit is the limit')
})

test('a slow client gets what its line bears, and its trades wait for a frame or two, not for a buffer', t => {
  for (const [name, bytesPerS] of [
    ['100 kB/s', 100_000],
    ['300 kB/s', 300_000],
  ] as const) {
    report(t, name)
    const { bytes, waitMs } = frozenOf(clientOf(name))
    assert.ok(bytes >= 0.85 * bytesPerS, `${name}: ${bytes} B/s`)
    const inFlightBytes = (waitMs / 1_000) * bytesPerS
    assert.ok(inFlightBytes <= 3 * BOOK_BYTES, `${name}: half of the trades wait behind ${inFlightBytes} B`)
  }
})

test('instruments share a slow line evenly', () => {
  for (const name of ['100 kB/s', '300 kB/s']) {
    const { counts } = frozenOf(clientOf(name))
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `${name}: ${counts}`)
  }
})

test('a client that never answers, or answers nonsense, gets every trade and 64 kB/s of books', t => {
  for (const name of ['mute', 'wrong payload']) {
    report(t, name)
    const { bookBytes } = frozenOf(clientOf(name))
    assert.ok(Math.abs(bookBytes / PACED_BYTES_PER_S - 1) < 0.15, `${name}: ${bookBytes} B/s of books`)
  }
  assert.ok(gateway.counters().pongsUnmatched > 0)
})

test('every client, however slow or strange, got every trade once and in order', () => {
  for (const { name, sequences, gapCount, closeCode } of Object.values(clients)) {
    assert.deepEqual([gapCount, closeCode], [0, 0], name)
    const first = sequences[0] ?? 0
    assert.deepEqual(
      sequences,
      Array.from({ length: gateway.newest - first + 1 }, (_, index) => first + index),
      name,
    )
  }
})

test('a client that stopped has little of the old on its line, and the newest books at once when it reads again', t => {
  const stopped = clientOf('stopped')
  const staleBytes = stopped.bookBytes - stopped.bookVersions.length * BOOK_BYTES
  t.diagnostic(`${stopped.bookBytes} B of books after it resumed`)
  assert.ok(staleBytes <= CREDIT_MAX_BYTES, `${staleBytes} B of books that were old`)
  assert.ok(Math.min(...stopped.bookVersions) >= stoppedAtVersion - 1, `${stopped.bookVersions} of ${version}`)
})

test('pings of a client are answered with what they carried, a hundred a second beside ours', () => {
  const pinging = clientOf('pinging')
  assert.ok(pinging.pongCount > MEASURE_MS / 20, `${pinging.pongCount} pongs`)
  assert.deepEqual([pinging.wrongPongCount, pinging.unansweredPings], [0, 0])
})

test('slow and strange clients cost the quick one nothing', t => {
  const { waitMs } = frozenOf(clientOf('quick'))
  t.diagnostic(`half of the trades within ${waitMs.toFixed(2)} ms, ${aloneWaitMs.toFixed(2)} ms when alone`)
  assert.ok(waitMs <= 2 * aloneWaitMs + 2)
})

test('our pings are few: fewer than frames to a busy client', t => {
  const { pings, framesSent } = gateway.counters()
  t.diagnostic(`${pings} pings to ${framesSent} frames`)
  assert.ok(pings < 0.5 * framesSent)
})

interface Frozen {
  readonly books: number
  readonly counts: readonly number[]
  readonly bytes: number
  readonly bookBytes: number
  readonly waitMs: number
}

/** At the end of the measurement: what came afterwards does not count. */
const frozen = new Map<CreditClient, Frozen>()

function freeze(client: CreditClient): void {
  frozen.set(client, {
    books: client.books,
    counts: [...client.bookCounts],
    bytes: client.bytesPerS,
    bookBytes: client.bookBytesPerS,
    waitMs: client.waitMs(0.5),
  })
}

function frozenOf(client: CreditClient): Frozen {
  return frozen.get(client) as Frozen
}

function join(name: string, options: ConstructorParameters<typeof CreditClient>[3] = {}): CreditClient {
  const client = new CreditClient(name, gateway.port, INSTRUMENTS, options)
  clients[name] = client
  return client
}

function clientOf(name: string): CreditClient {
  return clients[name] as CreditClient
}

async function feed(): Promise<void> {
  const startMs = performance.now()
  const due = (perS: number): number => ((performance.now() - startMs) / 1_000) * perS
  for (let trades = 0, books = 0; isFeeding; ) {
    for (; trades < due(TRADES_PER_S); trades += 1) {
      gateway.publishTrade(trades % INSTRUMENTS, `${performance.now()} ${'x'.repeat(180)}`)
    }
    for (; books < due(BOOKS_PER_S); books += 1) {
      if (books % INSTRUMENTS === 0) version += 1
      gateway.publishBook(books % INSTRUMENTS, version, BOOK_BYTES)
    }
    await sleep(4)
  }
}

function report(t: TestContext, name: string): void {
  const { books, bytes, waitMs } = frozenOf(clientOf(name))
  t.diagnostic(
    `${name}: ${books} of ${booksOffered} books, ${(bytes / 1_000).toFixed(0)} kB/s, trades ${waitMs.toFixed(1)} ms`,
  )
}
