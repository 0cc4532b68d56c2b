import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClientQuery } from './client-query.js'

test('the bare URL asks for JSON, starting with the next record', () => {
  assert.deepEqual(readClientQuery(''), { format: 'json', acknowledgesBy: 'pong', since: null })
})

for (const [query, since] of [
  ['since=abcd1234:0', { stream: 'abcd1234', sequence: 0 }],
  ['format=msgpack&since=a:42&unknown=1', { stream: 'a', sequence: 42 }],
  ['since=abcd1234%3A7', { stream: 'abcd1234', sequence: 7 }],
  ['since=z:999999999999999', { stream: 'z', sequence: 999_999_999_999_999 }],
] as const) {
  test(`${query} resumes`, () => assert.deepEqual(readClientQuery(query).since, since))
}

for (const query of [
  'since',
  'since=',
  'since=&since=abcd1234:1',
  'since=abcd1234:1&since=abcd1234:1',
  'since=abcd1234',
  'since=abcd1234:',
  'since=:4',
  'since=abcd1234:-1',
  'since=abcd1234:1.5',
  'since=abcd1234:1e3',
  'since=abcd1234:9999999999999999',
  'since=ABCD:1',
  'since=abcd1234:4 ',
  'since=%zz:1',
]) {
  test(`${query} is malformed`, () => assert.equal(readClientQuery(query).since, 'malformed'))
}

test('only ack=1 asks for acknowledgements by message', () => {
  for (const query of ['ack=1', 'ack=1&format=msgpack', 'x=2&ack=1']) {
    assert.equal(readClientQuery(query).acknowledgesBy, 'message')
  }
  for (const query of ['', 'ack', 'ack=', 'ack=0', 'ack=true', 'ack=11', 'ACK=1']) {
    assert.equal(readClientQuery(query).acknowledgesBy, 'pong')
  }
})

test('an unknown format means JSON', () => {
  assert.equal(readClientQuery('format=msgpack').format, 'msgpack')
  for (const format of ['json', 'MSGPACK', 'xml', '']) assert.equal(readClientQuery(`format=${format}`).format, 'json')
})
