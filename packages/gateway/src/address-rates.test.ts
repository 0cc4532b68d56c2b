import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressRates } from './address-rates.js'

const LIMIT = { perS: 10, burst: 5, addressesMax: 3 }

test('an address has its burst at once, then its rate; others have theirs', () => {
  const rates = new AddressRates(LIMIT)
  assert.equal(takeAll(rates, 'a', 0), 5)
  assert.equal(takeAll(rates, 'b', 0), 5)
  assert.equal(takeAll(rates, 'a', 99), 0)
  assert.equal(takeAll(rates, 'a', 200), 2)
  assert.equal(takeAll(rates, 'a', 60_000), 5)
})

test('where every remembered address is in use, others share one bucket; none loses its own', () => {
  const rates = new AddressRates(LIMIT)
  for (const address of ['a', 'b', 'c']) assert.equal(takeAll(rates, address, 0), 5)
  assert.equal(takeAll(rates, 'd', 0), 5)
  assert.equal(takeAll(rates, 'e', 0), 0, 'd and e are strangers to this table')
  assert.equal(takeAll(rates, 'a', 100), 1)
  assert.equal(rates.addressCount, 3)
  // All are full again: one of them is forgotten.
  assert.equal(takeAll(rates, 'e', 10_000), 5)
  assert.equal(takeAll(rates, 'f', 10_000), 5)
})

test('no address ever has more than its rate, however many there are', () => {
  const steps = fc.array(fc.tuple(fc.nat(7), fc.nat(300)), { minLength: 50, maxLength: 300 })
  fc.assert(
    fc.property(steps, all => {
      const rates = new AddressRates(LIMIT)
      const passed = new Map<number, number[]>()
      let nowMs = 1_000
      for (const [address, ms] of all) {
        nowMs += ms
        if (rates.take(String(address), nowMs)) passed.set(address, [...(passed.get(address) ?? []), nowMs])
        assert.ok(rates.addressCount <= LIMIT.addressesMax)
      }
      for (const times of passed.values()) {
        times.forEach((startMs, from) => {
          times.slice(from).forEach((endMs, count) => {
            // An address may leave the common bucket for one of its own: twice the burst.
            assert.ok(count + 1 <= 2 * LIMIT.burst + ((endMs - startMs) / 1_000) * LIMIT.perS + 1)
          })
        })
      }
    }),
  )
})

function takeAll(rates: AddressRates, address: string, nowMs: number): number {
  let count = 0
  while (rates.take(address, nowMs)) count += 1
  return count
}
