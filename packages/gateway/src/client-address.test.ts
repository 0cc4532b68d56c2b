import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClientAddress } from './client-address.js'

test('an IPv4 address is one, also where an IPv6 socket reports it', () => {
  const plain = readClientAddress(binary('c0000201'))
  assert.deepEqual(plain, { text: '192.0.2.1', network: '192.0.2.1', highWord: -1, lowWord: 0xc0000201 | 0 })
  assert.deepEqual(readClientAddress(binary('00000000000000000000ffffc0000201')), plain)
})

test('IPv6 addresses of one /64 are one, others are not', () => {
  const [first, same, other] = [
    '20010db8000000010000000000000001',
    '20010db800000001ffffffffffffffff',
    '20010db8000000020000000000000001',
  ].map(hex => readClientAddress(binary(hex)))
  assert.equal(first?.text, '2001:db8:0:1:0:0:0:1')
  assert.deepEqual([first?.network, other?.network], ['2001:db8:0:1::/64', '2001:db8:0:2::/64'])
  assert.deepEqual(wordsOf(first), wordsOf(same))
  assert.notDeepEqual(wordsOf(first), wordsOf(other))
})

test('a connection that has just ended, which has no address, is one like any other', () => {
  assert.equal(readClientAddress(new ArrayBuffer(0)).text, '0.0.0.0')
})

function wordsOf(address: ReturnType<typeof readClientAddress> | undefined): (number | undefined)[] {
  return [address?.highWord, address?.lowWord]
}

function binary(hex: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(hex, 'hex')).buffer
}
