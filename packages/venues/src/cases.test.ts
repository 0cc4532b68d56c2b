// Frames from the test suites of other readers of these venues, with what those readers make of them. Every line of a kind
// that we carry must say the same here; the others must be known for what they are.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { asObject, type JsonObject } from './json-fields.js'
import { readLines, skipWithout } from './test/feeds.js'
import { ProductDesk, productOf } from './test/product-fixture.js'
import { FrameClass } from './venue.js'

const FILE = 'cases.ndjson'

interface Case {
  readonly venue: string
  readonly channel: string
  readonly kind: string
  readonly raw: string
  /** Events of one reader, or facts by the names of another's fields. */
  readonly expected: readonly JsonObject[] | JsonObject
  /** The expectation depends on messages before: only what stands in `raw` is compared. */
  readonly stateful: boolean
}

const CARRIED: Readonly<Record<string, (desk: ProductDesk, line: Case) => void>> = {
  trade: expectTrades,
  l1: expectTop,
  'l2-delta': expectBook,
  'l2-snapshot': expectBook,
  'l2-rest-snapshot': expectBook,
  liquidation: expectLiquidation,
  'open-interest': expectOpenInterest,
}

test('every recorded case of a kind that we carry says what it says to others', { skip: skipWithout(FILE) }, t => {
  const lines = [...readLines<Case>(FILE)]
  const desks = new Map(lines.map(({ venue }) => [venue, deskOf(venue, lines)]))
  const counts: Record<string, number> = {}
  for (const [index, line] of lines.entries()) {
    const desk = desks.get(line.venue)
    assert.ok(desk)
    desk.sink.clear()
    try {
      const expectFacts = CARRIED[line.kind]
      const outcome = expectFacts === undefined ? expectRecognised(desk, line) : 'decoded'
      expectFacts?.(desk, line)
      const key = `${line.kind}, ${outcome}`
      counts[key] = (counts[key] ?? 0) + 1
    } catch (error) {
      throw new Error(`case ${index}, ${line.kind} of ${line.channel}: ${line.raw}`, { cause: error })
    }
  }
  for (const [key, count] of Object.entries(counts).sort()) t.diagnostic(`${key}: ${count}`)
  const decoded = Object.entries(counts).filter(([key]) => key.endsWith('decoded'))
  const decodedCount = decoded.reduce((sum, [, count]) => sum + count, 0)
  t.diagnostic(`${lines.length} cases, ${decodedCount} decoded to their facts`)
  assert.equal(decodedCount, lines.filter(({ kind }) => kind in CARRIED).length)
})

/** Carries every symbol that these lines name: those before may matter to those behind. */
function deskOf(venue: string, lines: readonly Case[]): ProductDesk {
  const raws = lines.filter(line => line.venue === venue).map(({ raw }) => raw)
  const named = raws.flatMap(raw => [...raw.matchAll(/"(?:s|symbol|instId)":"([^"]+)"/g)].map(match => match[1] ?? ''))
  return new ProductDesk(productOf(venue === 'okx' ? 'okx-spot' : venue), new Set(named))
}

function expectTrades(desk: ProductDesk, line: Case): void {
  assert.equal(desk.take(line.raw), 0)
  assert.equal(desk.head.frameClass, FrameClass.trade)
  const facts = factsOf(line)
  assert.equal(desk.sink.trades.length, facts.length)
  for (const [index, trade] of desk.sink.trades.entries()) {
    const { id, price, amount, side, timestamp, ...more } = facts[index] ?? {}
    const quantity = amount ?? more['quantity_contract'] ?? more['quantity_base']
    assert.equal(trade.side.toLowerCase(), side)
    assert.equal(Number(trade.amount), Number(quantity))
    if (id !== undefined) assert.equal(trade.id, id)
    if (price !== undefined) assert.equal(Number(trade.price), Number(price))
    expectTime(trade.venueUs, timestamp, line)
  }
}

function expectTop(desk: ProductDesk, line: Case): void {
  assert.equal(desk.take(line.raw), 0)
  assert.equal(desk.head.frameClass, FrameClass.top)
  const [top] = desk.sink.tops
  const [facts] = factsOf(line)
  assert.ok(top && facts)
  for (const field of ['bidPrice', 'bidAmount', 'askPrice', 'askAmount'] as const) {
    if (facts[field] !== undefined) assert.equal(Number(top[field]), Number(facts[field]), field)
  }
  // Spot of Binance sends no time: each reader takes its own.
  if (line.venue === 'binance-spot') assert.equal(top.venueUs, null)
  else expectTime(top.venueUs, facts['timestamp'], line)
}

function expectBook(desk: ProductDesk, line: Case): void {
  const { text, source } = bookText(line)
  if (source === 'stream') assert.equal(desk.classify(text), FrameClass.depth)
  assert.ok(desk.decodeDepth(text, source))
  const frame = desk.depthFrame
  const [facts] = factsOf(line)
  assert.ok(facts)
  const sides = { bids: pairs(frame.bids), asks: pairs(frame.asks) }
  for (const [name, levels] of Object.entries(sides)) {
    const told = toldLevels(facts, name)
    const count: unknown = facts[`${name}.len()`]
    if (count !== undefined) assert.equal(levels.length, Number(count))
    if (Array.isArray(facts[name]) && !line.stateful) assert.equal(levels.length, told.length)
    // In the order of the other reader, and with what it had before.
    if (line.stateful) for (const [price] of levels) assert.ok(told.some(each => each[0] === price))
    else
      for (const level of told)
        assert.ok(
          levels.some(each => each.join() === level.join()),
          level.join(),
        )
  }
  const isSnapshot = facts['isSnapshot'] ?? line.kind !== 'l2-delta'
  assert.equal(frame.type === 'snapshot', isSnapshot)
  const sequence = facts['seq_id'] ?? facts['seqId']
  if (sequence !== undefined && sequence !== null) assert.equal(frame.sequence, Number(sequence))
  const previous = facts['prev_seq_id'] ?? facts['prevSeqId']
  if (previous !== undefined && previous !== null) assert.equal(frame.previousId, Number(previous))
  if (frame.venueUs !== null) expectTime(frame.venueUs, facts['timestamp'], line)
}

/** What a recorder made of a REST answer stands for that answer. */
function bookText({ kind, raw }: Case): { text: string; source: 'stream' | 'rest' } {
  const frame = JSON.parse(raw)
  if (frame.generated === true) return { text: JSON.stringify(frame.data), source: 'rest' }
  return { text: raw, source: kind === 'l2-rest-snapshot' ? 'rest' : 'stream' }
}

function pairs(levels: readonly string[]): number[][] {
  return levels.flatMap((price, at) => (at % 2 === 0 ? [[Number(price), Number(levels[at + 1])]] : []))
}

/** `[{ price, amount }]`, `[[price, amount]]`, or `bids[0].price` beside `bids[0].quantity_base`. */
function toldLevels(facts: JsonObject, side: string): number[][] {
  const list = facts[side]
  if (Array.isArray(list)) {
    return list.map(level => (Array.isArray(level) ? level : [level.price, level.amount]).map(Number))
  }
  return Object.keys(facts).flatMap(key => {
    const place = new RegExp(`^(${side}\\[\\d+\\])\\.price$`).exec(key)?.[1]
    if (place === undefined) return []
    const contracts = facts[`${place}.quantity_contract`] ?? facts[`${place}.quantity_contract.unwrap()`]
    return [[Number(facts[key]), Number(contracts ?? facts[`${place}.quantity_base`])]]
  })
}

function expectLiquidation(desk: ProductDesk, line: Case): void {
  assert.equal(desk.take(liquidationText(line.raw)), 0)
  assert.equal(desk.head.frameClass, FrameClass.liquidation)
  const [liquidation] = desk.sink.liquidations
  const [facts] = factsOf(line)
  assert.ok(liquidation && facts)
  // A buy closes a short.
  const orderSide = facts['side'] ?? facts['orderSide']
  assert.equal(liquidation.orderSide.toLowerCase(), orderSide)
  assert.equal(liquidation.positionSide, facts['positionClosed'] ?? (orderSide === 'buy' ? 'short' : 'long'))
  assert.equal(Number(liquidation.quantity), Number(facts['amount'] ?? facts['contracts']))
  assert.equal(Number(liquidation.price), Number(facts['price']))
  expectTime(liquidation.venueUs, facts['timestamp'], line)
}

/** A recorder polled these of OKX, each by itself: the stream tells them as `details` of their instrument. */
function liquidationText(raw: string): string {
  const { arg, data } = JSON.parse(raw)
  if (arg?.generated !== true) return raw
  const event = { instType: 'SWAP', instId: arg.instId, details: data }
  return JSON.stringify({ arg: { channel: 'liquidation-orders', instType: 'SWAP' }, data: [event] })
}

function expectOpenInterest(desk: ProductDesk, line: Case): void {
  const { data, stream, ...answer } = JSON.parse(line.raw)
  const [facts] = factsOf(line)
  assert.ok(facts)
  const protocol = desk.product.openInterest
  if (protocol === undefined) {
    // The answer to a poll of OKX has the shape of its stream.
    if (line.channel !== 'rest') assert.equal(desk.classify(line.raw), FrameClass.openInterest)
    assert.equal(desk.decoder.decode(Buffer.from(line.raw), FrameClass.openInterest, STAMP_US), 0)
    const known = data.filter(({ oi }: { oi: string }) => oi !== '0')
    assert.deepEqual(
      desk.sink.openInterests.map(({ contracts, instrument }) => [contracts, instrument.symbol]),
      known.map(({ oi, instId }: { oi: string; instId: string }) => [oi, instId]),
    )
  } else {
    // A recorder leaves the time out of what it polled.
    const told = { time: NOW_US / 1_000, ...(data ?? answer) }
    const instrument = desk.index.of(told.symbol)
    assert.ok(instrument && protocol.decode(Buffer.from(JSON.stringify(told)), instrument, STAMP_US, desk.sink))
    assert.equal(desk.sink.openInterests[0]?.contracts, told.openInterest)
  }
  const [openInterest] = desk.sink.openInterests
  if (openInterest === undefined) return
  if (facts['openInterest'] !== undefined) assert.equal(Number(openInterest.contracts), facts['openInterest'])
  if (!line.stateful) expectTime(openInterest.venueUs, facts['timestamp'], line)
}

const NOW_US = 1_790_000_000_500_000 as WallUs
const STAMP_US = 7_000_000_500_000 as MonotonicUs

/** Of a channel that we never ask for, or of one from which we read something else. */
function expectRecognised(desk: ProductDesk, { raw, kind, expected }: Case): string {
  const frameClass = desk.classify(raw)
  if (frameClass === FrameClass.ignored) return 'recognised and ignored'
  assert.equal(kind, 'ticker')
  assert.equal(desk.take(raw), 0)
  if (frameClass === FrameClass.openInterest) {
    const [facts] = expected as readonly JsonObject[]
    assert.equal(Number(desk.sink.openInterests[0]?.contracts), facts?.['openInterest'])
    return 'recognised, and its open interest read'
  }
  assert.equal(frameClass, FrameClass.top)
  assert.equal(desk.sink.tops[0]?.askPrice, JSON.parse(raw).data[0].askPx)
  return 'recognised, and its best prices read'
}

function factsOf({ expected }: Case): readonly JsonObject[] {
  return Array.isArray(expected) ? expected : [asObject(expected) ?? {}]
}

/** Text, number or date; of the match here, there sometimes of the push. */
function expectTime(us: WallUs | null, timestamp: unknown, { raw }: Case): void {
  if (timestamp === undefined) return
  const text = String(timestamp)
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  const pushMs = Number(/"E":(\d+)/.exec(raw)?.[1])
  assert.ok(us === ms * 1_000 || ms === pushMs, `${us} µs is not ${ms} ms`)
}
