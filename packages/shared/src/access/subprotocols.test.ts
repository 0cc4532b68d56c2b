import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answeredSubprotocol, offeredToken } from './subprotocols.js'

const TOKEN = 'abcdefghijklmnop'

for (const [offered, answered, token] of [
  ['', '', ''],
  ['tradelane', 'tradelane', ''],
  ['json, v1', 'json', ''],
  ['json,tradelane', 'tradelane', ''],
  [`tradelane, token.${TOKEN}`, 'tradelane', TOKEN],
  [`token.${TOKEN}, json`, 'json', TOKEN],
  [`token.${TOKEN}`, '', TOKEN],
  [`Token.${TOKEN}, v1`, 'v1', TOKEN],
  [`token.first, token.${TOKEN}, tradelane`, 'tradelane', 'first'],
  ['token., json', 'json', ''],
  ['Tradelane', 'Tradelane', ''],
  ['a b, "c", d/e, é, ok', 'ok', ''],
  [',, ,', '', ''],
  [`${'x'.repeat(129)}, y`, 'y', ''],
] as const) {
  test(`of "${offered.slice(0, 40)}" the answer is "${answered}"`, () => {
    assert.equal(answeredSubprotocol(offered), answered)
    assert.equal(offeredToken(offered), token)
  })
}

test('a long list is not read to its end', () => {
  const long = `${'a,'.repeat(32)}tradelane,token.${TOKEN}`
  assert.equal(answeredSubprotocol(long), 'a')
  assert.equal(offeredToken(long), '')
})

test('whatever is offered, the answer is one name that was offered, and no token', () => {
  const unit = fc.constantFrom(...'tokenTOKEN.radl, \t\r\n"é\0;=')
  const names = fc.oneof(fc.string({ unit, maxLength: 20 }), fc.constantFrom('tradelane', `token.${TOKEN}`, 'json'))
  fc.assert(
    fc.property(fc.array(names, { maxLength: 40 }), list => {
      const answer = answeredSubprotocol(list.join(','))
      if (answer === '') return
      assert.match(answer, /^[!-+.-~-]{1,128}$/)
      assert.doesNotMatch(answer, /^token\./i)
      const offered = list.join(',').split(',')
      assert.ok(offered.some(name => name.trim() === answer))
    }),
  )
})
