// Credit on real sockets: clients of every kind side by side on one gateway thread. Each trade carries the time of its
// publication, so its delay times the client's rate is what was in flight before it.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { CREDIT_MAX_BYTES, NO_PONG_MS, PACED_BYTES_PER_S } from './limits.js'
import { CreditClient } from './test/credit-client.js'
import { GatewayUnderTest, sleep } from './test/gateway-fixture.js'

const INSTRUMENTS = 12
const BOOK_BYTES = 6_000
const BOOKS_PER_S = 120
const TRADES_PER_S = 100
/** Until every credit has settled, and the clients that never answer are paced. */
const WARM_MS = NO_PONG_MS + 1_000
const MEASURE_MS = process.env['STRESS'] === 'long' ? 60_000 : 6_000

const gateway = new GatewayUnderTest({ instrumentCount: INSTRUMENTS, retained: 20_000 })
let version = 0
/** Sixteen a second: more than twenty would end it. */
const OWN_PING_MS = 60
let booksOffered = 0
/** Of the quick client while it was alone. */
let aloneWaitMs = 0
let stoppedAtVersion = 0
let isFeeding = true
const clients: Record<string, CreditClient> = {}

before(async () => {
  const message = await gateway.start()
  assert.equal(message.type, 'running', JSON.stringify(message))
  const feeding = feed()
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
  const pings = setInterval(() => pinging.ping(), OWN_PING_MS)
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
  await feeding
  await sleep(500)
})

after(async () => {
  for (const { raw } of Object.values(clients)) raw.close()
  await gateway.stop()
})

test('a client on a path that is fast enough gets all books, near or far, whether it answers each ping or the newest', t => {
  const quick = clientOf('quick')
  // Books that this machine conflates for every client do not count against credit.
  const offered = Math.min(booksOffered, measuredOf(quick).books)
  assert.ok(offered > 0.7 * booksOffered, `${offered} of ${booksOffered} books for the quick client`)
  for (const name of ['1 MB/s', '1 MB/s, 50 ms', 'newest only', 'pinging']) {
    const { books } = measuredOf(clientOf(name))
    report(t, name)
    assert.ok(books >= 0.95 * offered, `${name}: ${books} of ${offered} books`)
  }
  report(t, 'late')
  assert.ok(measuredOf(clientOf('late')).books >= 0.6 * offered, 'at 300 ms the largest credit is the limit')
})

test('a slow client gets what its path can carry, and its trades wait for a frame or two, not for a buffer', t => {
  for (const [name, bytesPerS] of [
    ['100 kB/s', 100_000],
    ['300 kB/s', 300_000],
  ] as const) {
    report(t, name)
    const { bytes, waitMs } = measuredOf(clientOf(name))
    assert.ok(bytes >= 0.85 * bytesPerS, `${name}: ${bytes} B/s`)
    const inFlightBytes = (waitMs / 1_000) * bytesPerS
    assert.ok(inFlightBytes <= 3 * BOOK_BYTES, `${name}: the median trade waits behind ${inFlightBytes} B`)
  }
})

test('instruments share a slow path evenly', () => {
  for (const name of ['100 kB/s', '300 kB/s']) {
    const { counts } = measuredOf(clientOf(name))
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `${name}: ${counts}`)
  }
})

test('a client that never answers, or answers nonsense, gets every trade and 64 kB/s of books', t => {
  for (const name of ['mute', 'wrong payload']) {
    report(t, name)
    const { bookBytes } = measuredOf(clientOf(name))
    assert.ok(Math.abs(bookBytes / PACED_BYTES_PER_S - 1) < 0.15, `${name}: ${bookBytes} B/s of books`)
  }
  assert.ok(gateway.counters().pongsUnmatched > 0)
})

test('every client, however slow or unusual, got every trade once and in order', () => {
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

test('a client that stopped reading gets few old books when it reads again, then the newest at once', t => {
  const stopped = clientOf('stopped')
  const staleBytes = stopped.bookBytes - stopped.bookVersions.length * BOOK_BYTES
  t.diagnostic(`${stopped.bookBytes} B of books after it resumed`)
  assert.ok(staleBytes <= CREDIT_MAX_BYTES, `${staleBytes} B of old books`)
  assert.ok(Math.min(...stopped.bookVersions) >= stoppedAtVersion - 1, `${stopped.bookVersions} of ${version}`)
})

test('pings of a client, sixteen a second beside ours, are answered with their payload', () => {
  const pinging = clientOf('pinging')
  assert.ok(pinging.pongCount > MEASURE_MS / OWN_PING_MS / 2, `${pinging.pongCount} pongs`)
  assert.deepEqual([pinging.wrongPongCount, pinging.unansweredPings], [0, 0])
})

test('slow and unusual clients do not delay the quick one', t => {
  const { waitMs } = measuredOf(clientOf('quick'))
  t.diagnostic(`median delay of trades ${waitMs.toFixed(2)} ms, ${aloneWaitMs.toFixed(2)} ms when alone`)
  assert.ok(waitMs <= 2 * aloneWaitMs + 2)
})

test('there are fewer than half as many pings as frames', t => {
  const { pings, framesSent } = gateway.counters()
  t.diagnostic(`${pings} pings to ${framesSent} frames`)
  assert.ok(pings < 0.5 * framesSent)
})

interface Measured {
  readonly books: number
  readonly counts: readonly number[]
  readonly bytes: number
  readonly bookBytes: number
  readonly waitMs: number
}

/** As of the end of the measurement: what came later does not count. */
const measured = new Map<CreditClient, Measured>()

function freeze(client: CreditClient): void {
  measured.set(client, {
    books: client.books,
    counts: [...client.bookCounts],
    bytes: client.bytesPerS,
    bookBytes: client.bookBytesPerS,
    waitMs: client.waitMs(0.5),
  })
}

function measuredOf(client: CreditClient): Measured {
  return measured.get(client) as Measured
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
  const offered = (perS: number): number => ((performance.now() - startMs) / 1_000) * perS
  for (let trades = 0, books = 0; isFeeding; ) {
    for (; trades < offered(TRADES_PER_S); trades += 1) {
      gateway.publishTrade(trades % INSTRUMENTS, `${performance.now()} ${'x'.repeat(180)}`)
    }
    for (; books < offered(BOOKS_PER_S); books += 1) {
      if (books % INSTRUMENTS === 0) version += 1
      gateway.publishBook(books % INSTRUMENTS, version, BOOK_BYTES)
    }
    await sleep(4)
  }
}

function report(t: TestContext, name: string): void {
  const { books, bytes, waitMs } = measuredOf(clientOf(name))
  t.diagnostic(
    `${name}: ${books} of ${booksOffered} books, ${(bytes / 1_000).toFixed(0)} kB/s, trades ${waitMs.toFixed(1)} ms`,
  )
}
