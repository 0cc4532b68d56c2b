import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CellStatus,
  type Instrument,
  Kind,
  type ShownReason,
  STATUS_REASON_NAMES,
  StatusReason,
  SUBSCRIBED_KINDS,
  WIRE_KINDS,
} from '@tradelane/shared/market/nouns'
import {
  badSinceGapFrame,
  overrunGapFrame,
  restartGapFrame,
  serverFrameJson,
  statusFrame,
  welcomeFrame,
} from '@tradelane/shared/wire/server-frames'
import { PRODUCTS } from '@tradelane/venues/registry'
import fc from 'fast-check'
import { checkFrame } from './wire-schema.js'

const TIMES = '"time_exchange":"2026-02-03T04:05:06.120Z","time_received":"2026-02-03T04:05:06.131442Z"'
const WHERE = '"exchange":"Okx","instrument":{"base":"btc","quote":"usdt","kind":"Perpetual"}'
const wallUs = Date.parse('2026-02-03T04:05:06Z') * 1_000

const frame = (kind: string, payload: string, rest = ''): string =>
  `{${TIMES},${WHERE},"kind":"${kind}","data":${payload}${rest}}`

const GOOD = {
  trade: frame('trade', '{"amount":0.25,"amount_base":0.25,"id":"7001","price":81234.5,"side":"Sell"}', ',"seq":17'),
  liquidation: frame(
    'liquidation',
    '{"order_side":"Sell","position_side":"long","price":2410.2,"price_average":null,"quantity":14,"quantity_base":1.4,"side":"Sell","time":"2026-02-03T04:05:07.002Z"}',
    ',"seq":18',
  ),
  openInterest: frame(
    'open_interest',
    '{"contracts":9123456.0,"contracts_base":9123456,"notional":null,"notional_usd":null,"time":"2026-02-03T04:05:10.000Z"}',
  ),
  cvd: frame(
    'cumulative_volume_delta',
    '{"complete":true,"delta_base":-12.75,"delta_quote":-1035000.5,"since":"2026-02-03T04:05:00.000000Z"}',
  ),
  top: frame(
    'order_book_l1',
    '{"best_ask":{"amount":"1.20500000","price":"81234.60000000"},"best_bid":{"amount":"0.75000000","price":"81234.50000000"},"last_update_time":"2026-02-03T04:05:06.140Z"}',
  ),
  book: book(
    '[{"amount":"37.5","price":"81234.5"},{"amount":"1","price":"81234.0"}]',
    '[{"amount":"41","price":"81234.6"}]',
  ),
  welcome: serverFrameJson(welcomeFrame({ wallUs, stream: 'abcd1234', sequence: 0, version: '0.1.0' })),
  overrun: serverFrameJson(overrunGapFrame('abcd1234', 5, 9)),
  restart: serverFrameJson(restartGapFrame('abcd1234')),
  upstream: `{"type":"gap","lane":"trades","reason":"upstream","stream":"abcd1234","seq":19,"from":null,"to":null,"missed":null,${WHERE},"last_id":"7001","first_id":null,"from_time":"2026-02-03T04:05:06.120000Z","to_time":null}`,
  badSince: serverFrameJson(badSinceGapFrame('abcd1234')),
  status: serverFrameJson(
    statusFrame({
      product: 'okx-swap',
      exchange: 'Okx',
      instrument: { base: 'btc', quote: 'usdt', marketType: 'Perpetual' } as Instrument,
      about: Kind.orderBookL2,
      status: CellStatus.stale,
      reason: StatusReason.crossed,
      sinceUs: wallUs,
    }),
  ),
}

const anyStatus = fc.record({
  product: fc.constantFrom(...PRODUCTS.map(({ id }) => id)),
  exchange: fc.constantFrom(...PRODUCTS.map(({ exchange }) => exchange)),
  instrument: fc.constantFrom(null, { base: 'btc', quote: 'usdt', marketType: 'Perpetual' } as Instrument),
  about: fc.constantFrom(...SUBSCRIBED_KINDS),
  status: fc.constantFrom(CellStatus.live, CellStatus.stale, CellStatus.down),
  reason: fc.constantFrom(...(Object.keys(STATUS_REASON_NAMES).map(Number) as ShownReason[])),
  sinceUs: fc.integer({ min: wallUs, max: wallUs + 1e12 }),
})

for (const [name, text] of Object.entries(GOOD)) {
  test(`a ${name} frame as the contract shows it passes`, () => assert.equal(checkFrame(text), null))

  test(`a ${name} frame with any key missing, or one more, is refused`, () => {
    for (const [path, changed] of withoutEachKey(JSON.parse(text))) {
      assert.notEqual(checkFrame(JSON.stringify(changed)), null, `without ${path}`)
    }
    assert.notEqual(checkFrame(JSON.stringify({ ...JSON.parse(text), extra: 1 })), null)
  })
}

const BAD: readonly [reason: string, text: string][] = [
  ['a price that is text', GOOD.trade.replace('81234.5', '"81234.5"')],
  ['a side in lower case', GOOD.trade.replace('"Sell"', '"sell"')],
  ['an amount of zero', GOOD.trade.replace('"amount":0.25', '"amount":0')],
  ['an id that is a number', GOOD.trade.replace('"7001"', '7001')],
  ['a sequence of zero', GOOD.trade.replace('"seq":17', '"seq":0')],
  ['an unknown exchange', GOOD.trade.replace('Okx', 'okx')],
  ['upper-case assets', GOOD.trade.replace('"btc"', '"BTC"')],
  ['a market kind in lower case', GOOD.trade.replace('Perpetual', 'perpetual')],
  ['a time without fraction', GOOD.trade.replace('06.120Z', '06Z')],
  ['a time with nine digits', GOOD.trade.replace('.131442Z', '.131442000Z')],
  ['a time with an offset', GOOD.trade.replace('.131442Z', '.131442+00:00')],
  ['a thirteenth month', GOOD.trade.replace('2026-02-03T04:05:06.120', '2026-13-03T04:05:06.120')],
  ['an unknown kind', GOOD.trade.replace('"trade"', '"candle_1m"')],
  ['a level that is a number', GOOD.top.replace('"81234.50000000"', '81234.5')],
  ['a top that is locked', GOOD.top.replace('81234.50000000', '81234.6')],
  ['a bare array for a side', GOOD.book.replace('{"levels":[{"amount":"41","price":"81234.6"}]}', '[]')],
  ['an Update', GOOD.book.replace('Snapshot', 'Update')],
  ['a level of zero', GOOD.book.replace('"41"', '"0.000"')],
  ['an exponent in a level', GOOD.book.replace('"41"', '"4.1e1"')],
  ['bids that rise', book('[{"amount":"1","price":"81234.0"},{"amount":"1","price":"81234.5"}]', '[]')],
  ['bids that repeat a price', book('[{"amount":"1","price":"2.50"},{"amount":"1","price":"2.5"}]', '[]')],
  ['asks that fall', book('[]', '[{"amount":"1","price":"10"},{"amount":"1","price":"9"}]')],
  [
    'asks in an order that only exact arithmetic can see',
    book('[]', '[{"amount":"1","price":"9007199254740993"},{"amount":"1","price":"9007199254740992"}]'),
  ],
  ['a crossed book', book('[{"amount":"1","price":"10"}]', '[{"amount":"1","price":"9.9"}]')],
  ['a locked book', book('[{"amount":"1","price":"10"}]', '[{"amount":"1","price":"10.0"}]')],
  ['a gap that counts wrongly', GOOD.overrun.replace('"missed":5', '"missed":4')],
  ['a welcome with a blank after the colon', GOOD.welcome.replace('"type":"welcome"', '"type": "welcome"')],
  ['the mark of the welcome in another frame', GOOD.status.replace('"crossed"', '{"type":"welcome"}')],
  ['a status with a top-level kind', GOOD.status.replace('"of"', '"kind"')],
  ['a status with a top-level kind beside its own key', GOOD.status.replace('"of"', '"kind":"trade","of"')],
  ['a reason outside the list', GOOD.status.replace('"crossed"', '"none"')],
  ['a state that is none', GOOD.status.replace('"stale"', '"empty"')],
  ['text that is no JSON', GOOD.trade.slice(1)],
  ['a number', '1'],
  ['null', 'null'],
]

for (const [reason, text] of BAD) {
  test(`refused: ${reason}`, () => {
    assert.ok(!Object.values(GOOD).includes(text), 'the case changes something')
    assert.notEqual(checkFrame(text), null)
  })
}

test('no frame but a market event has a top-level kind, whatever it is about', () => {
  const marketEvents = new Set<unknown>(WIRE_KINDS)
  fc.assert(
    fc.property(anyStatus, options => {
      const text = serverFrameJson(statusFrame(options))
      assert.equal(checkFrame(text), null)
      assert.equal('kind' in JSON.parse(text), false)
    }),
  )
  for (const [name, text] of Object.entries(GOOD)) {
    const { type, kind } = JSON.parse(text)
    assert.equal(type === undefined, marketEvents.has(kind), name)
    assert.equal(type === undefined, kind !== undefined, name)
  }
})

test('a book with more levels than asked for is refused', () => {
  assert.equal(checkFrame(GOOD.book, { levelCountMax: 2 }), null)
  assert.match(checkFrame(GOOD.book, { levelCountMax: 1 }) ?? '', /more than 1 levels/)
})

function book(bids: string, asks: string): string {
  return frame(
    'order_book_l2',
    `{"Snapshot":{"asks":{"levels":${asks}},"bids":{"levels":${bids}},"confirmed":"2026-02-03T04:05:06.211009Z","sequence":450017,"time_engine":null,"unchanged_since":"2026-02-03T04:05:06.211009Z"}}`,
  )
}

/** Every copy of `value` that lacks one key, at any depth. */
function withoutEachKey(value: unknown, path = ''): [path: string, changed: unknown][] {
  if (typeof value !== 'object' || value === null) return []
  const copies: [string, unknown][] = []
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) {
      const copy: Record<string, unknown> = { ...value }
      delete copy[key]
      copies.push([`${path}.${key}`, copy])
    }
    for (const [innerPath, changed] of withoutEachKey(inner, `${path}.${key}`)) {
      const copy = Array.isArray(value) ? [...value] : { ...value }
      ;(copy as Record<string, unknown>)[key] = changed
      copies.push([innerPath, copy])
    }
  }
  return copies
}
