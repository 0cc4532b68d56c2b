import assert from 'node:assert/strict'
import { test } from 'node:test'
import { depthRingBytes } from '@tradelane/shared/lanes/depth-ring'
import { FRAME_SHARE, recordBytes } from '@tradelane/shared/lanes/depth-ring-layout'
import { PRODUCTS } from '@tradelane/venues/registry'
import { SettingError } from './setting-error.js'
import { readSettings } from './settings.js'

/** Carries the books of one product alone. */
function booksOf(productId: string): Record<string, string> {
  return { INSTRUMENTS: `${productId}:btc-usdt`, SUBSCRIPTIONS: `${productId}:order_book_l2` }
}

function refusalOf(env: Record<string, string>): string | null {
  try {
    readSettings(env)
    return null
  } catch (error) {
    assert.ok(error instanceof SettingError)
    return error.message
  }
}

for (const { id, depth } of PRODUCTS) {
  test(`${id}: a buffer that its longest snapshot does not fit is refused with the least one that it fits`, () => {
    const fits = (frameCount: number): boolean =>
      recordBytes(depth.snapshotBytesMax) <= depthRingBytes(frameCount) / FRAME_SHARE
    const refusal = refusalOf({ ...booksOf(id), WS_L2_BUFFER: '1000' })
    assert.equal(refusal === null, fits(1_000), String(refusal))
    if (refusal === null) return
    const least = Number(/^invalid WS_L2_BUFFER "1000"; expected at least (\d+), /.exec(refusal)?.[1])
    assert.ok(fits(least) && !fits(least - 1), refusal)
    assert.ok(refusal.includes(id), refusal)
    assert.equal(refusalOf({ ...booksOf(id), WS_L2_BUFFER: String(least) }), null)
    assert.match(refusalOf({ ...booksOf(id), WS_L2_BUFFER: String(least - 1) }) ?? '', /expected at least/)
  })
}

test('some product needs more than the least that the setting accepts', () => {
  assert.match(refusalOf({ ...booksOf('binance-spot'), WS_L2_BUFFER: '1000' }) ?? '', /expected at least 4097/)
})

test('what is not subscribed, or has no instrument, needs no room', () => {
  const small = { WS_L2_BUFFER: '1000' }
  assert.equal(refusalOf({ INSTRUMENTS: 'binance-spot:btc-usdt', ...small }), null)
  assert.equal(
    refusalOf({ ...small, INSTRUMENTS: 'okx-swap:btc-usdt', SUBSCRIPTIONS: 'binance-spot:order_book_l2' }),
    null,
  )
  assert.notEqual(refusalOf({ ...small, INSTRUMENTS: 'btc-usdt', SUBSCRIPTIONS: 'binance-spot:order_book_l2' }), null)
})
