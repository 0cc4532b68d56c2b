// The acceptance checklist of the wire contract ("works with the unmodified terminals"), item by item, against the real
// product: simulator process, gateway process, real sockets. Items 7 (the Book formula), 11 (restart) and what takes a
// minute (12, the two Python scripts, and a part of 5) are in files of their own.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { WIRE_KINDS } from '@tradelane/shared/market/nouns'
import WebSocket from 'ws'
import { type DemoProcess, startDemo } from './demo-process.js'
import { sleep, until } from './program.js'

const BASES = ['btc', 'eth', 'sol'] as const
/** Of all nine books: the pace of the venues. */
const L2_RATE = 90
/** What terminals expect by default: books of the perpetuals only, because a terminal shows the venue of a book, not its market. */
const PRODUCTS = [
  { exchange: 'BinanceSpot', market: 'Spot', kinds: ['trade', 'order_book_l1'] },
  { exchange: 'BinanceFuturesUsd', market: 'Perpetual', kinds: WIRE_KINDS },
  { exchange: 'BybitSpot', market: 'Spot', kinds: ['trade', 'order_book_l1'] },
  { exchange: 'BybitPerpetualsUsd', market: 'Perpetual', kinds: WIRE_KINDS },
  { exchange: 'Okx', market: 'Spot', kinds: ['trade', 'order_book_l1'] },
  { exchange: 'Okx', market: 'Perpetual', kinds: WIRE_KINDS },
] as const
const WELCOME =
  /^\{"message":"Connected to barter-data market feed","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","type":"welcome"/

interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly exchange?: string
  readonly time_received?: string
  readonly time_exchange?: string
  readonly instrument?: { readonly base: string; readonly quote: string; readonly kind: string }
  readonly data?: Record<string, unknown>
}

let demo: DemoProcess
before(async () => {
  demo = await startDemo({ args: ['--l2-rate', String(L2_RATE)] })
})
after(async () => {
  await demo.stop()
})

test('1. a plain upgrade is taken on any path, and compression is never used, even when offered', async () => {
  for (const path of ['/', '/ws', '/any/path?x=1']) {
    const socket = new WebSocket(demo.url + path, { perMessageDeflate: true })
    const first = await firstFrame(socket)
    assert.match(first.text, WELCOME)
    assert.equal(socket.extensions, '')
    socket.terminate()
  }
})

test('2. the first frame is the compact welcome, in 1,000 connects without exception', {
  timeout: 120_000,
}, async () => {
  const CONNECTS = 1_000
  const AT_ONCE = 20
  for (let started = 0; started < CONNECTS; started += AT_ONCE) {
    const firsts = Array.from({ length: AT_ONCE }, async () => {
      const socket = new WebSocket(demo.url, { perMessageDeflate: false })
      const first = await firstFrame(socket)
      socket.terminate()
      return first
    })
    for (const first of await Promise.all(firsts)) assert.match(first.text, WELCOME)
  }
})

describe('side by side', { concurrency: true }, () => {
  test('3. every frame is a text frame by default', async () => {
    const frames = await listen(demo.url, 2_000)
    assert.ok(frames.length > 100)
    assert.equal(frames.filter(frame => frame.isBinary).length, 0)
  })

  test('4. and 6. every kind of btc, eth and sol that a product has passes the strict schema, and no other comes', {
    timeout: 60_000,
  }, async () => {
    const { checkFrame } = await import('@tradelane/probe/wire-schema')
    const seen = new Set<string>()
    const faults: string[] = []
    const expected = PRODUCTS.flatMap(({ exchange, market, kinds }) =>
      BASES.flatMap(base => kinds.map(kind => `${exchange} ${market} ${base} ${kind}`)),
    )
    const socket = new WebSocket(demo.url, { perMessageDeflate: false })
    socket.on('message', (raw: Buffer) => {
      const text = raw.toString()
      const fault = checkFrame(text)
      if (fault !== null) faults.push(`${fault}: ${text.slice(0, 300)}`)
      const frame = JSON.parse(text) as Frame
      if (frame.kind !== undefined && frame.type === undefined) {
        seen.add(`${frame.exchange} ${frame.instrument?.kind} ${frame.instrument?.base} ${frame.kind}`)
      }
    })
    await until(
      () => expected.every(name => seen.has(name)),
      () => `missing: ${expected.filter(name => !seen.has(name)).join(', ')}`,
      45_000,
    )
    socket.terminate()
    assert.deepEqual(faults.slice(0, 3), [])
    assert.deepEqual([...seen].sort(), [...expected].sort())
  })

  test('5. an empty ping is answered within 1 s, also to a client that reads slowly; unknown text is ignored', async () => {
    const socket = new WebSocket(demo.url, { perMessageDeflate: false })
    await firstFrame(socket)
    socket.send('hello')
    socket.send('{"op":"subscribe"}')
    socket.send(Buffer.from([1, 2, 3]))
    // Reading 20 ms in every 100: the slow reader of the checklist.
    const brake = setInterval(() => {
      socket.pause()
      setTimeout(() => socket.resume(), 80)
    }, 100)
    for (let round = 0; round < 3; round += 1) {
      const pingedMs = performance.now()
      const pong = new Promise<number>(resolve => socket.once('pong', () => resolve(performance.now() - pingedMs)))
      socket.ping()
      assert.ok((await pong) < 1_000)
    }
    clearInterval(brake)
    socket.resume()
    assert.equal(socket.readyState, WebSocket.OPEN)
    socket.terminate()
  })

  test('6. the current books of all perpetuals arrive within 1 s of the connect', async () => {
    const startedMs = performance.now()
    const seen = new Set<string>()
    const socket = new WebSocket(demo.url, { perMessageDeflate: false })
    const bookCount = PRODUCTS.filter(({ market }) => market === 'Perpetual').length * BASES.length
    await new Promise<void>(resolve => {
      setTimeout(resolve, 1_500)
      socket.on('message', (raw: Buffer) => {
        const frame = JSON.parse(raw.toString()) as Frame
        if (frame.kind !== 'order_book_l2' || frame.type !== undefined) return
        seen.add(`${frame.exchange} ${frame.instrument?.base}`)
        if (seen.size === bookCount) resolve()
      })
    })
    socket.terminate()
    assert.equal(seen.size, bookCount)
    assert.ok(performance.now() - startedMs < 1_000)
  })

  test('8. amounts are the venue’s own: contracts of OKX swaps, base currency everywhere else', async () => {
    const frames = (await listen(demo.url, 2_000)).map(frame => JSON.parse(frame.text) as Frame)
    const trades = frames.filter(frame => frame.kind === 'trade' && frame.type === undefined)
    const [contracts, others] = [trades.filter(isContract), trades.filter(trade => !isContract(trade))]
    assert.ok(contracts.length > 10 && others.length > 10)
    for (const trade of others) assert.equal(trade.data?.['amount'], trade.data?.['amount_base'])
    for (const { data, instrument } of contracts) {
      const value = CONTRACT_VALUES[instrument?.base ?? ''] ?? Number.NaN
      assert.ok(Math.abs(Number(data?.['amount']) * value - Number(data?.['amount_base'])) < 1e-9)
    }
  })

  test('9. time_received is wall-clock time, never later than the arrival and never before the send', async () => {
    const arrivals = await listen(demo.url, 3_000)
    const nowMs = Date.now()
    for (const { text, wallMs } of arrivals) {
      const frame = JSON.parse(text) as Frame
      if (frame.kind !== 'trade' || frame.type !== undefined) continue
      const receivedMs = Date.parse(frame.time_received ?? '')
      assert.ok(receivedMs <= wallMs + 2, `received ${receivedMs} after arrival ${wallMs}`)
      assert.ok(receivedMs >= Date.parse(frame.time_exchange ?? '') - 2)
      assert.ok(Math.abs(receivedMs - nowMs) < 10_000)
    }
  })
})

const CONTRACT_VALUES: Readonly<Record<string, number>> = { btc: 0.01, eth: 0.1, sol: 1 }

function isContract({ exchange, instrument }: Frame): boolean {
  return exchange === 'Okx' && instrument?.kind === 'Perpetual'
}

async function firstFrame(socket: WebSocket): Promise<{ text: string; isBinary: boolean }> {
  return await new Promise((resolve, reject) => {
    socket.once('message', (raw: Buffer, isBinary) => resolve({ text: raw.toString(), isBinary }))
    socket.once('error', reject)
  })
}

async function listen(url: string, ms: number): Promise<{ text: string; isBinary: boolean; wallMs: number }[]> {
  const frames: { text: string; isBinary: boolean; wallMs: number }[] = []
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (raw: Buffer, isBinary) => frames.push({ text: raw.toString(), isBinary, wallMs: Date.now() }))
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  await sleep(ms)
  socket.terminate()
  return frames
}
