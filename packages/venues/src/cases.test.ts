// Frames from the test suites of other readers of these venues, with the results of those readers. Frames of a kind that is
// subscribed must give the same here; the others must be classified right.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { FrameClass } from './frame-class.js'
import { asObject, type JsonObject } from './json-fields.js'
import { readLines, skipWithout } from './test/feeds.js'
import { ProductFixture, productOf } from './test/product-fixture.js'

const FILE = 'cases.ndjson'

interface Case {
  readonly venue: string
  readonly channel: string
  readonly kind: string
  readonly raw: string
  /** Events of one reader, or facts by the names of another's fields. */
  readonly expected: readonly JsonObject[] | JsonObject
  /** The result depends on earlier messages: only what `raw` itself contains is compared. */
  readonly stateful: boolean
}

const CARRIED: Readonly<Record<string, (fixture: ProductFixture, line: Case) => void>> = {
  trade: expectTrades,
  l1: expectTop,
  'l2-delta': expectBook,
  'l2-snapshot': expectBook,
  'l2-rest-snapshot': expectBook,
  liquidation: expectLiquidation,
  'open-interest': expectOpenInterest,
}

test('every recorded case of a subscribed kind gives what other readers get', { skip: skipWithout(FILE) }, t => {
  const lines = [...readLines<Case>(FILE)]
  const desks = new Map(lines.map(({ venue }) => [venue, fixtureOf(venue, lines)]))
  const counts: Record<string, number> = {}
  for (const [index, line] of lines.entries()) {
    const fixture = desks.get(line.venue)
    assert.ok(fixture)
    fixture.sink.clear()
    try {
      const expectFacts = CARRIED[line.kind]
      const outcome = expectFacts === undefined ? expectRecognised(fixture, line) : 'decoded'
      expectFacts?.(fixture, line)
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

/** With every symbol of these lines: earlier ones may matter to later ones. */
function fixtureOf(venue: string, lines: readonly Case[]): ProductFixture {
  const raws = lines.filter(line => line.venue === venue).map(({ raw }) => raw)
  const named = raws.flatMap(raw => [...raw.matchAll(/"(?:s|symbol|instId)":"([^"]+)"/g)].map(match => match[1] ?? ''))
  const fixture = new ProductFixture(productOf(venue === 'okx' ? 'okx-spot' : venue), new Set(named))
  // None of them is the history of a subscription.
  fixture.decoder.release?.()
  return fixture
}

function expectTrades(fixture: ProductFixture, line: Case): void {
  assert.equal(fixture.take(line.raw), 0)
  assert.equal(fixture.head.frameClass, FrameClass.trade)
  const facts = factsOf(line)
  assert.equal(fixture.sink.trades.length, facts.length)
  for (const [index, trade] of fixture.sink.trades.entries()) {
    const { id, price, amount, side, timestamp, ...more } = facts[index] ?? {}
    const quantity = amount ?? more['quantity_contract'] ?? more['quantity_base']
    assert.equal(trade.side.toLowerCase(), side)
    assert.equal(Number(trade.amount), Number(quantity))
    if (id !== undefined) assert.equal(trade.id, id)
    if (price !== undefined) assert.equal(Number(trade.price), Number(price))
    expectTime(trade.venueUs, timestamp, line)
  }
}

function expectTop(fixture: ProductFixture, line: Case): void {
  assert.equal(fixture.take(line.raw), 0)
  assert.equal(fixture.head.frameClass, FrameClass.top)
  const [top] = fixture.sink.tops
  const [facts] = factsOf(line)
  assert.ok(top && facts)
  for (const field of ['bidPrice', 'bidAmount', 'askPrice', 'askAmount'] as const) {
    if (facts[field] !== undefined) assert.equal(Number(top[field]), Number(facts[field]), field)
  }
  // Binance spot sends no time: each reader uses its own.
  if (line.venue === 'binance-spot') assert.equal(top.venueUs, Number.NaN)
  else expectTime(top.venueUs, facts['timestamp'], line)
}

function expectBook(fixture: ProductFixture, line: Case): void {
  const { text, source } = bookText(line)
  if (source === 'stream') assert.equal(fixture.classify(text), FrameClass.depth)
  assert.ok(fixture.decodeDepth(text, source))
  const frame = fixture.depthFrame
  const [facts] = factsOf(line)
  assert.ok(facts)
  const sides = { bids: pairs(frame.bids), asks: pairs(frame.asks) }
  for (const [name, levels] of Object.entries(sides)) {
    const expected = expectedLevels(facts, name)
    const count: unknown = facts[`${name}.len()`]
    if (count !== undefined) assert.equal(levels.length, Number(count))
    if (Array.isArray(facts[name]) && !line.stateful) assert.equal(levels.length, expected.length)
    // In the order of the other reader, and with its earlier levels.
    if (line.stateful) for (const [price] of levels) assert.ok(expected.some(each => each[0] === price))
    else
      for (const level of expected)
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

/** The recorder stored what it read from a REST answer: the answer is restored from that. */
function bookText({ kind, raw }: Case): { text: string; source: 'stream' | 'rest' } {
  const frame = JSON.parse(raw)
  if (frame.generated === true) return { text: JSON.stringify(frame.data), source: 'rest' }
  return { text: raw, source: kind === 'l2-rest-snapshot' ? 'rest' : 'stream' }
}

function pairs(levels: readonly string[]): number[][] {
  return levels.flatMap((price, at) => (at % 2 === 0 ? [[Number(price), Number(levels[at + 1])]] : []))
}

/** `[{ price, amount }]`, `[[price, amount]]`, or `bids[0].price` beside `bids[0].quantity_base`. */
function expectedLevels(facts: JsonObject, side: string): number[][] {
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

function expectLiquidation(fixture: ProductFixture, line: Case): void {
  assert.equal(fixture.take(liquidationText(line.raw)), 0)
  assert.equal(fixture.head.frameClass, FrameClass.liquidation)
  const [liquidation] = fixture.sink.liquidations
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

/** A recorder polled these of OKX one at a time; the venue sends them as `details` of their instrument. */
function liquidationText(raw: string): string {
  const { arg, data } = JSON.parse(raw)
  if (arg?.generated !== true) return raw
  const event = { instType: 'SWAP', instId: arg.instId, details: data }
  return JSON.stringify({ arg: { channel: 'liquidation-orders', instType: 'SWAP' }, data: [event] })
}

function expectOpenInterest(fixture: ProductFixture, line: Case): void {
  const { data, stream, ...answer } = JSON.parse(line.raw)
  const [facts] = factsOf(line)
  assert.ok(facts)
  const protocol = fixture.product.openInterest
  if (protocol === undefined) {
    // OKX's REST answer has the shape of its frames.
    if (line.channel !== 'rest') assert.equal(fixture.classify(line.raw), FrameClass.openInterest)
    assert.equal(fixture.decoder.decode(Buffer.from(line.raw), FrameClass.openInterest, STAMP_US), 0)
    const known = data.filter(({ oi }: { oi: string }) => oi !== '0')
    assert.deepEqual(
      fixture.sink.openInterests.map(({ contracts, instrument }) => [contracts, instrument.symbol]),
      known.map(({ oi, instId }: { oi: string; instId: string }) => [oi, instId]),
    )
  } else {
    // The recorder omits the time of a poll.
    const polled = { time: NOW_US / 1_000, ...(data ?? answer) }
    const instrument = fixture.index.of(polled.symbol)
    assert.ok(instrument && protocol.decode(Buffer.from(JSON.stringify(polled)), instrument, STAMP_US, fixture.sink))
    assert.equal(fixture.sink.openInterests[0]?.contracts, polled.openInterest)
  }
  const [openInterest] = fixture.sink.openInterests
  if (openInterest === undefined) return
  if (facts['openInterest'] !== undefined) assert.equal(Number(openInterest.contracts), facts['openInterest'])
  if (!line.stateful) expectTime(openInterest.venueUs, facts['timestamp'], line)
}

const NOW_US = 1_790_000_000_500_000 as WallUs
const STAMP_US = 7_000_000_500_000 as MonotonicUs

/** Of a channel that is never subscribed, or from which something else is read. */
function expectRecognised(fixture: ProductFixture, { raw, kind, expected }: Case): string {
  const frameClass = fixture.classify(raw)
  if (frameClass === FrameClass.ignored) return 'recognised and ignored'
  assert.equal(kind, 'ticker')
  assert.equal(fixture.take(raw), 0)
  if (frameClass === FrameClass.openInterest) {
    const [facts] = expected as readonly JsonObject[]
    assert.equal(Number(fixture.sink.openInterests[0]?.contracts), facts?.['openInterest'])
    return 'recognised, and its open interest read'
  }
  assert.equal(frameClass, FrameClass.top)
  assert.equal(fixture.sink.tops[0]?.askPrice, JSON.parse(raw).data[0].askPx)
  return 'recognised, and its best prices read'
}

function factsOf({ expected }: Case): readonly JsonObject[] {
  return Array.isArray(expected) ? expected : [asObject(expected) ?? {}]
}

/** Text, number or date; here it is the time of the match, in other readers sometimes that of the push. */
function expectTime(us: WallUs | null, timestamp: unknown, { raw }: Case): void {
  if (timestamp === undefined) return
  const text = String(timestamp)
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  const pushMs = Number(/"E":(\d+)/.exec(raw)?.[1])
  assert.ok(us === ms * 1_000 || ms === pushMs, `${us} µs is not ${ms} ms`)
}
