import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AccessPolicy, type AccessRequest, originOf } from './access-policy.js'
import { digestOf } from './token.js'

const TOKEN = 'sesame-0123456789'
const WRONG = 'sesame-012345678X'
const PAGE = 'https://page.example'
const NOTHING: AccessRequest = { authorization: '', origin: '', subprotocols: '', query: '' }
const closed = new AccessPolicy({ tokenDigest: digestOf(TOKEN), allowedOrigins: [] })
const ofPage = new AccessPolicy({ tokenDigest: null, allowedOrigins: [PAGE, 'http://127.0.0.1:9002'] })

test('without rules everyone is allowed', () => {
  const open = new AccessPolicy({ tokenDigest: null, allowedOrigins: [] })
  for (const origin of ['', 'null', PAGE, 'x']) assert.equal(open.judge({ ...NOTHING, origin }), 'allowed')
  assert.equal(open.judge({ ...NOTHING, query: 'token=x', authorization: 'Basic x' }), 'allowed')
})

const WAYS: readonly (readonly [way: string, present: (token: string) => Partial<AccessRequest>])[] = [
  ['Authorization: Bearer', token => ({ authorization: `Bearer ${token}` })],
  ['Authorization: bearer, in lower case and with spaces', token => ({ authorization: `bearer   ${token} ` })],
  ['?token=', token => ({ query: `token=${token}` })],
  ['?token= among other parameters', token => ({ query: `format=msgpack&token=${token}&since=a:1` })],
  ['?token= with escapes', token => ({ query: `token=${token.replaceAll('-', '%2d')}` })],
  ['the subprotocol', token => ({ subprotocols: `tradelane, token.${token}` })],
]

for (const [way, present] of WAYS) {
  test(`${way}: the token opens, another does not`, () => {
    assert.equal(closed.judge({ ...NOTHING, ...present(TOKEN) }), 'allowed')
    for (const wrong of [WRONG, '', TOKEN.slice(1), `${TOKEN}${TOKEN}`, TOKEN.toUpperCase(), digestOf(TOKEN)]) {
      assert.equal(closed.judge({ ...NOTHING, ...present(wrong) }), 'no-token', wrong)
    }
  })
}

test('a wrong token in one place does not outweigh the right one in another', () => {
  assert.equal(closed.judge({ ...NOTHING, authorization: `Bearer ${WRONG}`, query: `token=${TOKEN}` }), 'allowed')
})

test('what only looks like a place for a token is none', () => {
  for (const request of [
    { query: `xtoken=${TOKEN}` },
    { query: `Token=${TOKEN}` },
    { query: `token[]=${TOKEN}` },
    { query: `token=x&token=${TOKEN}` },
    { query: 'token=%E0%A4%A' },
    { authorization: TOKEN },
    { authorization: `Basic ${TOKEN}` },
    { authorization: `Bearer${TOKEN}` },
    { authorization: `Bearer ${TOKEN} ${TOKEN}` },
    { subprotocols: TOKEN },
    { origin: TOKEN },
  ]) {
    assert.equal(closed.judge({ ...NOTHING, ...request }), 'no-token', JSON.stringify(request))
  }
})

test('a page of another origin is refused; a program, which sends none, is not', () => {
  for (const origin of ['', PAGE, 'http://127.0.0.1:9002']) {
    assert.equal(ofPage.judge({ ...NOTHING, origin }), 'allowed', origin)
  }
  const others = [
    'null',
    'http://page.example',
    `${PAGE}:8443`,
    `${PAGE}.evil.example`,
    `${PAGE}/`,
    `x${PAGE}`,
    '*',
    ' ',
  ]
  for (const origin of others) assert.equal(ofPage.judge({ ...NOTHING, origin }), 'wrong-origin', origin)
})

test('without the token the origin is not looked at', () => {
  const both = new AccessPolicy({ tokenDigest: digestOf(TOKEN), allowedOrigins: [PAGE] })
  const request = { ...NOTHING, query: `token=${TOKEN}` }
  assert.equal(both.judge({ ...NOTHING, origin: 'https://evil.example' }), 'no-token')
  assert.equal(both.judge({ ...request, origin: 'https://evil.example' }), 'wrong-origin')
  assert.equal(both.judge({ ...request, origin: PAGE }), 'allowed')
})

test('hostile requests are judged and never throw, also long ones', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.nat(255).map(code => String.fromCharCode(code)), maxLength: 50 }),
    fc.constantFrom('%', 'token=%', 'Bearer '.repeat(3_000), `Bearer${' '.repeat(16_000)}`, 'token.,'.repeat(3_000)),
    fc.constantFrom(`token=${'a'.repeat(16_000)}`, '&token='.repeat(3_000), `Bearer ${'a '.repeat(8_000)}`),
  )
  fc.assert(
    fc.property(text, text, text, text, (authorization, origin, subprotocols, query) => {
      assert.equal(closed.judge({ authorization, origin, subprotocols, query }), 'no-token')
      ofPage.judge({ authorization, origin, subprotocols, query })
    }),
  )
})

for (const [text, origin] of [
  ['https://Page.Example', PAGE],
  ['https://page.example:443', PAGE],
  ['http://page.example:80', 'http://page.example'],
  ['http://[::1]:9002', 'http://[::1]:9002'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['tauri://localhost', 'tauri://localhost'],
  ['https://page.example/', null],
  ['https://page.example/path', null],
  ['https://user@page.example', null],
  ['https://page.example?x', null],
  ['page.example', null],
  ['https://', null],
  ['https://a b', null],
  ['*', null],
  ['null', null],
] as const) {
  test(`"${text}" as an origin is ${origin}`, () => assert.equal(originOf(text), origin))
}
