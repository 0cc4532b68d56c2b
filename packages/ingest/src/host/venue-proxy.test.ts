import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isProxyException, proxyFor } from './venue-proxy.js'

const URL = 'http://proxy.example:8080'

/** Host of the target, entry of NO_PROXY, whether the target is reached directly. */
const EXCEPTIONS: readonly (readonly [target: string, entry: string, isDirect: boolean])[] = [
  ['wss://api.venue.example', '*', true],
  ['wss://api.venue.example', 'venue.example', true],
  ['wss://api.venue.example', '.venue.example', true],
  ['wss://api.venue.example', '*.venue.example', true],
  ['wss://venue.example', '.venue.example', true],
  ['wss://API.Venue.Example', 'api.VENUE.example', true],
  ['wss://othervenue.example', 'venue.example', false],
  ['wss://venue.example.net', 'venue.example', false],
  ['wss://venue.example', 'venue.example:443', true],
  ['wss://venue.example:9443', 'venue.example:9443', true],
  ['wss://venue.example:9443', 'venue.example:443', false],
  ['https://10.1.2.3', '10.0.0.0/8', true],
  ['https://11.1.2.3', '10.0.0.0/8', false],
  ['https://10.1.2.3', '10.1.2.3', true],
  ['https://10.1.2.3:8443', '10.1.2.3:8443', true],
  ['https://[2001:db8::1]', '2001:db8::/32', true],
  ['https://[2001:db8::1]:8443', '[2001:db8::1]:8443', true],
  ['https://[2001:db9::1]', '2001:db8::/32', false],
]

for (const [target, entry, isDirect] of EXCEPTIONS) {
  test(`NO_PROXY=${entry}: ${target} is reached ${isDirect ? 'directly' : 'through the proxy'}`, () => {
    assert.ok(isProxyException(entry))
    assert.equal(proxyFor(target, { url: URL, except: [entry] }) === null, isDirect)
  })
}

test('this machine, what has no TLS, and everything without a proxy are reached directly', () => {
  const rules = { url: URL, except: [] }
  for (const target of [
    'wss://localhost:1',
    'https://127.1.2.3',
    'https://[::1]:1',
    'ws://venue.example',
    'http://a.b',
  ]) {
    assert.equal(proxyFor(target, rules), null, target)
  }
  assert.equal(proxyFor('wss://venue.example', null), null)
})

test('user and password are apart from the URL of the proxy', () => {
  const proxy = proxyFor('wss://venue.example', { url: 'https://desk:p%40ss@proxy.example/', except: [] })
  assert.deepEqual(proxy, { url: 'https://proxy.example', authorization: `Basic ${btoa('desk:p@ss')}` })
  assert.deepEqual(proxyFor('wss://venue.example', { url: URL, except: [] }), { url: URL, authorization: null })
})

test('NO_PROXY refuses what is neither a name nor an address', () => {
  for (const entry of ['', '1', '10.0.0.0/33', '10.0.0', 'http://a.b', 'a b', '<local>', '2001:db8::/129', 'a.b:x']) {
    assert.ok(!isProxyException(entry), entry)
  }
})
