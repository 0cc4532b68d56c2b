import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TRADE_IDS_KEPT } from '../limits.js'
import { TradeIds } from './trade-ids.js'

test('an id is new once', () => {
  const ids = new TradeIds()
  assert.ok(ids.add('7'))
  assert.ok(!ids.add('7'))
  assert.ok(ids.add('07'), 'ids are texts')
})

test('the oldest id is forgotten, and only that', () => {
  const ids = new TradeIds()
  for (let id = 0; id < TRADE_IDS_KEPT; id += 1) assert.ok(ids.add(String(id)))
  assert.ok(!ids.add('0'), 'all are kept')
  assert.ok(ids.add('one more'))
  assert.ok(!ids.add('1'))
  assert.ok(ids.add('0'), 'made room for the one more')
})

test('ids that are longer than any before are kept beside those', () => {
  const ids = new TradeIds()
  const short = Array.from({ length: 100 }, (_, id) => String(id).padStart(40, '0'))
  for (const id of short) assert.ok(ids.add(id))
  const long = short.map(id => `${id}${'x'.repeat(24)}`)
  for (const id of long) assert.ok(ids.add(id))
  for (const id of [...short, ...long]) assert.ok(!ids.add(id), id)
})

test('it answers as a list of the last ids does', () => {
  const few = fc.array(fc.integer({ min: 0, max: TRADE_IDS_KEPT + 500 }), { minLength: 10_000, maxLength: 14_000 })
  fc.assert(
    fc.property(few, sequence => {
      const ids = new TradeIds()
      const model = new Set<string>()
      for (const number of sequence) {
        const id = String(number)
        const isNew = !model.has(id)
        assert.equal(ids.add(id), isNew)
        if (!isNew) continue
        model.add(id)
        const [oldest] = model
        if (model.size > TRADE_IDS_KEPT && oldest !== undefined) model.delete(oldest)
      }
    }),
    { numRuns: 10 },
  )
})

test('ids of every length and form are distinguished, over many rounds of the ring', () => {
  const ids = new TradeIds()
  const model = new Set<string>()
  const random = fc.sample(fc.stringMatching(/^[!-~]{1,64}$/), 12_000)
  for (const id of [...random, ...random.slice(-TRADE_IDS_KEPT / 2), ...random.slice(0, 3_000)]) {
    assert.equal(ids.add(id), !model.has(id), id)
    model.add(id)
    const [oldest] = model
    if (model.size > TRADE_IDS_KEPT && oldest !== undefined) model.delete(oldest)
  }
})
