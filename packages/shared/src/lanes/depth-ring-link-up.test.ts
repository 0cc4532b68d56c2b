import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decimal } from '../market/nouns.js'
import { decodeLinkUp, encodeLinkUp } from './depth-ring-link-up.js'

test('an amount factor is read as it was written', () => {
  for (const factor of ['0.01', '1', '1000', '0.0000001'] as Decimal[]) {
    assert.equal(decodeLinkUp(Buffer.from(encodeLinkUp(factor))), factor)
  }
  assert.equal(encodeLinkUp(null).length, 0)
  assert.equal(decodeLinkUp(Buffer.from(encodeLinkUp(null))), null)
})

test('a factor that is zero or no decimal is no factor', () => {
  for (const text of ['0', '0.00', '-1', '1e3', 'NaN']) assert.equal(decodeLinkUp(Buffer.from(text)), null, text)
})
