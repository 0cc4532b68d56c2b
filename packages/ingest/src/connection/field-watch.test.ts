import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/frame-class'
import { productById } from '@tradelane/venues/registry'
import type { Product } from '@tradelane/venues/venue'
import { FIELD_LOOK_US } from '../limits.js'
import { FieldWatch } from './field-watch.js'

const bybit = productById('bybit-linear') as Product

test('a field that is not known is reported once', () => {
  const fixture = new Fixture()
  for (let n = 0; n < 5; n += 1) fixture.later().trade(n, ',"fee":"0.1"')
  assert.deepEqual(fixture.reports, ['bybit-linear trade data[].fee: it sends a field that is not known'])
  assert.equal(fixture.count, 1)
})

test('a time that no longer changes is reported once, and again after it changed', () => {
  const fixture = new Fixture()
  for (let n = 0; n < 10; n += 1) fixture.later().trade(n)
  assert.deepEqual(fixture.reports, [])
  for (let n = 0; n < 20; n += 1) fixture.later().trade(n, '', 7)
  assert.deepEqual(fixture.reports, ['bybit-linear trade ts: a field stands still that changed with every frame'])
  fixture.later().trade(30)
  for (let n = 31; n < 40; n += 1) fixture.later().trade(n, '', 7)
  assert.equal(fixture.reports.length, 2)
})

test('a field that never changed is not reported, nor is one that may stay the same', () => {
  const fixture = new Fixture()
  for (let n = 0; n < 30; n += 1) fixture.later().trade(n, '', 0)
  assert.deepEqual(fixture.reports, [])
})

test('one frame of a class is looked at every ten seconds, and no long one', () => {
  const fixture = new Fixture()
  fixture.later().trade(1)
  fixture.trade(2, ',"fee":1')
  fixture.later().trade(3, `,"fee":"${'x'.repeat(10_000)}"`)
  assert.deepEqual(fixture.reports, [])
  fixture.trade(4, ',"fee":1')
  assert.equal(fixture.reports.length, 1)
})

test('whatever a venue sends, it is reported a few times at most', () => {
  const fixture = new Fixture()
  for (let n = 0; n < 200; n += 1) fixture.later().trade(n, `,"f${n}":1`)
  for (const text of ['{', '[]', '{"topic":{"topic":{"topic":null}}}']) fixture.later().frame(text)
  assert.ok(fixture.reports.length <= 60, `${fixture.reports.length}`)
})

class Fixture {
  readonly reports: string[] = []
  count = 0
  #nowUs = 0
  readonly #watch = new FieldWatch(bybit, {
    counters: {
      add: (_name, by = 1) => {
        this.count += by
      },
    },
    limitedLog: {
      write: (_level, _message, subject, fields) => void this.reports.push(`${subject}: ${fields?.['what']}`),
    },
  })

  later(): this {
    this.#nowUs += FIELD_LOOK_US
    return this
  }

  trade(n: number, more = '', ts = 1_000 + n): void {
    const trade = `{"T":${n},"s":"BTCUSDT","S":"Buy","v":"1","p":"2","i":"id${n}","BT":false${more}}`
    this.frame(`{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":${ts},"data":[${trade}]}`)
  }

  frame(text: string): void {
    this.#watch.onFrame(Buffer.from(text), FrameClass.trade, this.#nowUs as MonotonicUs)
  }
}
