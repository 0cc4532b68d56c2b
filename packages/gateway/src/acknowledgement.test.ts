import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAcknowledgement } from './acknowledgement.js'
import { ACKNOWLEDGEMENT_BYTES_MAX } from './limits.js'

for (const [text, number] of [
  ['{"op":"ack","n":1}', 1],
  ['{"n":42,"op":"ack"}', 42],
  [' {\n"op" : "ack" ,\t"n": 9007199254740991 }\r\n', Number.MAX_SAFE_INTEGER],
  ['{"op":"\\u0061ck","n":7}', 7],
  ['{"op":"ack","n":1e2}', 100],
] as const) {
  test(`${JSON.stringify(text)} acknowledges ${number}`, () => assert.equal(read(text), number))
}

for (const text of [
  '',
  ' ',
  'ack',
  '1',
  'null',
  '"ack"',
  '["ack",1]',
  '[]',
  '{}',
  '{"op":"ack"}',
  '{"n":1}',
  '{"op":"ack","n":"1"}',
  '{"op":"ack","n":null}',
  '{"op":"ack","n":[1]}',
  '{"op":"ack","n":true}',
  '{"op":"nack","n":1}',
  '{"op":"ACK","n":1}',
  '{"op":["ack"],"n":1}',
  '{"op":"ack","n":1,"x":2}',
  '{"op":"ack","__proto__":{"n":1}}',
  '{"op":"ack","n":NaN}',
  '{"op":"ack","n":01}',
  "{'op':'ack','n':1}",
  '{"op":"ack","n":1}}',
  '{"op":"ack","n":1',
  '\ufeff{"op":"ack","n":1}',
  '{"op":"ack","n":1}\0',
  `{"op":"ack",${' '.repeat(ACKNOWLEDGEMENT_BYTES_MAX)}"n":1}`,
  '['.repeat(ACKNOWLEDGEMENT_BYTES_MAX),
]) {
  test(`${JSON.stringify(text.slice(0, 40))} acknowledges nothing`, () => assert.ok(Number.isNaN(read(text))))
}

test('any bytes are read without an exception', () => {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const bytes = Uint8Array.from(
      { length: seed % 130 },
      (_, index) => (Math.imul(seed, 2_654_435_761) >>> (index % 24)) & 0xff,
    )
    assert.ok(Number.isNaN(readAcknowledgement(bytes.buffer)))
  }
})

function read(text: string): number {
  return readAcknowledgement(new Uint8Array(Buffer.from(text)).buffer)
}
