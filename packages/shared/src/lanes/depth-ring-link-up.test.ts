import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decimal, StatusReason } from '../market/nouns.js'
import { decodeLinkDown, decodeLinkUp, encodeLinkDown, encodeLinkUp } from './depth-ring-link-up.js'

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

test('a reason is read as it was written; what is none is a lost connection', () => {
  for (const reason of [StatusReason.notTrading, StatusReason.notListed, StatusReason.disconnected]) {
    assert.equal(decodeLinkDown(encodeLinkDown(reason)), reason)
  }
  assert.equal(encodeLinkDown(StatusReason.disconnected).length, 0)
  for (const byte of [0, 200]) assert.equal(decodeLinkDown(Uint8Array.of(byte)), StatusReason.disconnected)
})
