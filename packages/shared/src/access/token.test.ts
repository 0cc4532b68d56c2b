import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf, isToken, isTokenOf } from './token.js'

const CHARACTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-']
const tokens = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 16, maxLength: 256 })

test('a token has 16..256 characters that fit a URL, a header and a subprotocol', () => {
  for (const length of [16, 256]) assert.ok(isToken('a'.repeat(length)))
  for (const length of [0, 15, 257]) assert.ok(!isToken('a'.repeat(length)))
  for (const character of [...' +/=,;%"\\\n\r\0é€']) assert.ok(!isToken(`${'a'.repeat(20)}${character}`), character)
  fc.assert(fc.property(tokens, token => isToken(token) && encodeURIComponent(token) === token))
})

test('only the token itself matches its digest', () => {
  fc.assert(
    fc.property(tokens, fc.oneof(tokens, fc.string({ maxLength: 400 })), (token, other) => {
      const digest = Buffer.from(digestOf(token), 'hex')
      assert.ok(isTokenOf(token, digest))
      assert.equal(isTokenOf(other, digest), other === token)
      for (const near of [token.slice(1), `${token}a`, `${token}\n`, ` ${token}`, '']) {
        assert.ok(!isTokenOf(near, digest) || near === token)
      }
    }),
  )
})
