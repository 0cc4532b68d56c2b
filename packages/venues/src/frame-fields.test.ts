import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameClass } from './frame-class.js'
import { frameFields, readFields } from './frame-fields.js'
import { productById } from './registry.js'
import { ALL_SAMPLES } from './test/all-samples.js'
import { type CapturedLine, readLines, skipWithout } from './test/feeds.js'
import { ProductFixture } from './test/product-fixture.js'
import type { Product } from './venue.js'

const AT_MS = 1_790_000_000_000
/** Of other venues with the interface of a product: they may have fields of their own. */
const CAPTURES = [
  ['binance-futures', 'binance-futures_btcusdt_20240808_hft.ndjson.gz'],
  ['binance-futures', 'binance-futures_multi4_20210417_cf.ndjson.gz'],
  ['binance-spot', 'binance-spot_btcusdt_20240808_hft.ndjson.gz'],
  ['binance-spot', 'binance-spot_multi10_20210417_cf.ndjson.gz'],
  ['bybit-linear', 'bybit-linear_btc-sol_20260809_cf.ndjson.gz'],
  ['bybit-linear', 'bybit-linear_l1_20250613_cf.ndjson'],
  ['bybit-spot', 'bybit-spot_btc_20260809_cf.ndjson'],
  ['bybit-spot', 'bybit-spot_l1_20250613_cf.ndjson'],
  ['okx-swap', 'okx_books_spot-fut_20220513_cf.ndjson.gz'],
  ['okx-swap', 'okx_l2tbt_20220227_cf.ndjson.gz'],
] as const
/** Of a capture: enough to have met every field. */
const LINES_MAX = 5_000

test('paths go through objects and the first object of a list; other lists are one field', () => {
  const frame = '{"a":1,"b":{"c":[[1,2],[3]],"d":{"e":null}},"f":[{"g":"x","h":[{"i":2}]},{"j":1}],"k":[]}'
  assert.deepEqual(
    [...(readFields(Buffer.from(frame)) ?? [])],
    [
      ['a', 1],
      ['b.c', [[1, 2], [3]]],
      ['b.d.e', null],
      ['f[].g', 'x'],
      ['f[].h[].i', 2],
      ['k', []],
    ],
  )
  for (const other of ['[1]', '{', '"text"', '7']) assert.equal(readFields(Buffer.from(other)), undefined)
})

test('a frame of any depth and width has few fields', () => {
  const wide = `{${Array.from({ length: 5_000 }, (_, index) => `"f${index}":1`).join()}}`
  const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`
  assert.ok((readFields(Buffer.from(wide))?.size ?? 0) <= 200)
  assert.equal(readFields(Buffer.from(deep))?.size, 1)
})

test('fields that change are known', () => {
  const { known, changing } = frameFields('a b!', 'c')
  assert.deepEqual([[...known].sort(), [...changing]], [['a', 'b', 'c'], ['b']])
})

for (const { product, frames, depth } of ALL_SAMPLES) {
  test(`${product.id}: every field of the documented frames is known`, () => {
    const symbol = product.symbolOf('btc', 'usdt')
    const { sampleFrames } = product
    const documented = [...frames, ...depth.filter(({ source }) => source !== 'rest')].map(({ raw }) => raw)
    const sampled = [
      sampleFrames.trade(symbol, 1, AT_MS),
      sampleFrames.top(symbol, 1, AT_MS),
      sampleFrames.delta(symbol, 1, AT_MS),
    ]
    assert.deepEqual(unknownOf(product, [...documented, ...sampled]), [])
  })
}

for (const [id, file] of CAPTURES) {
  test(`${file}: every field is known`, { skip: skipWithout(file) }, () => {
    const raws: string[] = []
    for (const { dir, raw } of readLines<CapturedLine>(file)) {
      if (dir === 'in') raws.push(raw)
      if (raws.length === LINES_MAX) break
    }
    assert.deepEqual(unknownOf(productById(id) as Product, raws), [])
  })
}

function unknownOf(product: Product, raws: readonly string[]): string[] {
  const fixture = new ProductFixture(product, [])
  const unknown = new Set<string>()
  let comparedCount = 0
  for (const raw of raws) {
    const frame = Buffer.from(raw)
    const frameClass = fixture.classify(frame)
    const fields = product.frameFields[frameClass]
    if (fields === undefined) continue
    comparedCount += 1
    for (const path of readFields(frame)?.keys() ?? []) {
      if (!fields.known.has(path)) unknown.add(`${frameClass === FrameClass.depth ? 'depth' : frameClass} ${path}`)
    }
  }
  assert.ok(comparedCount > 0, 'a frame was compared')
  return [...unknown]
}
