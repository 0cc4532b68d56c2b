import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HostRule } from './host-rule.js'

/** As the unit `binary` of fast-check, which makes a table of all of them before it draws the first. */
const CHARACTERS = fc.nat(0x10f7ff).map(code => String.fromCodePoint(code < 0xd800 ? code : code + 0x800))
const rule = new HostRule(['10.0.0.5', 'trade.example', 'fe80::1'])

test('loopback names and the names of this server may be used, with any port, in any spelling', () => {
  const allowed = [
    'localhost',
    'LOCALHOST:9002',
    'localhost.',
    'app.localhost:1',
    '127.0.0.1',
    '127.255.0.9:80',
    '[::1]',
  ]
  allowed.push(
    '[0:0:0:0:0:0:0:1]:9002',
    '10.0.0.5',
    '10.0.0.5:443',
    'Trade.Example.:8080',
    '[fe80::1]',
    '[FE80:0::1]:9002',
  )
  for (const host of allowed) assert.ok(rule.allows(host), host)
})

test('no other name may, and no name that only looks like one', () => {
  const refused = [
    undefined,
    '',
    ' ',
    ':9002',
    'evil.example',
    'localhost.evil.example',
    'xlocalhost',
    'trade.example.evil',
  ]
  refused.push(
    '127.0.0.1.evil.example',
    '1270.0.0.1',
    '127.0.0',
    '127.1',
    '128.0.0.1',
    '10.0.0.50',
    '0.0.0.0',
    '[::]',
    '::1',
  )
  refused.push('[::1', '[::1]x', '[::1]:', 'localhost:', 'localhost:123456', 'localhost:x', 'localhost,evil.example')
  refused.push(
    'evil.example@localhost',
    'localhost/evil',
    'localhost evil',
    '[fe80::2]',
    '[not an address]',
    'lócalhost',
  )
  for (const host of refused) assert.ok(!rule.allows(host), host)
})

test('whatever a request sends as its Host, the rule decides', () => {
  fc.assert(fc.property(fc.string({ unit: CHARACTERS, maxLength: 300 }), host => !rule.allows(host)))
})
