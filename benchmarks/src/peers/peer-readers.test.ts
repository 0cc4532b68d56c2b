import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NatsReader } from './nats-reader.js'
import { connectionsOf, witnessUrlOf } from './peer-protocol.js'
import type { PeerReader, ReaderIo } from './peer-reader.js'
import { SocketIoReader } from './socket-io-reader.js'

const STREAM = Buffer.from(
  'INFO {"a":1}\r\nPONG\r\nMSG market.trade 1 7\r\n{"a":1}\r\nPING\r\nMSG market.state 1 13\r\n{"b":"\r\nMSG"}\r\nMSG market.state 1 0\r\n\r\n',
)

test('NATS: frames, a ping and the subscription, however the stream is cut', () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    const { io, seen } = recorder()
    const reader = new NatsReader('market.>', io)
    for (let at = 0; at < STREAM.length; at += size) reader.read(STREAM.subarray(at, at + size))
    assert.deepEqual(
      seen,
      ['ready', 'frame {"a":1}', 'send PONG\r\n', 'frame {"b":"\r\nMSG"}', 'frame '],
      `cut by ${size}`,
    )
  }
})

test('NATS: an error is a failure', () => {
  const { io, seen } = recorder()
  new NatsReader('market.>', io).read(Buffer.from("-ERR 'Slow Consumer'\r\n"))
  assert.deepEqual(seen, ["failed -ERR 'Slow Consumer'"])
})

test('NATS on two connections: one subject on each', () => {
  const subjects = connectionsOf('nats-two').map(({ reader }) => {
    const { io, seen } = recorder()
    reader(io).open()
    return /SUB (\S+) 1/.exec(seen.join())?.[1]
  })
  assert.deepEqual(subjects, ['market.trade', 'market.state'])
})

test('socket.io: connects, answers pings, and hands on the emitted object as its text', () => {
  const { io, seen } = recorder()
  const reader: PeerReader = new SocketIoReader(io)
  const messages = ['0{"sid":"a"}', '40{"sid":"b"}', '42["market",{"kind":"trade"}]', '2', '44{"message":"refused"}']
  for (const text of messages) reader.read(Buffer.from(text))
  const refused = 'failed 44{"message":"refused"}'
  assert.deepEqual(seen, ['send 40', 'ready', 'frame {"kind":"trade"}', 'send 3', refused])
})

test('the witness reads plain messages only', () => {
  assert.equal(witnessUrlOf('ws://a:1', null), 'ws://a:1')
  assert.equal(witnessUrlOf('ws://a:1', 'nchan'), 'ws://a:1/market')
  assert.equal(witnessUrlOf('ws://a:1', 'nats'), null)
})

function recorder(): { io: ReaderIo; seen: string[] } {
  const seen: string[] = []
  const io: ReaderIo = {
    send: text => seen.push(`send ${text}`),
    onReady: () => seen.push('ready'),
    onFrame: frame => seen.push(`frame ${frame.toString()}`),
    onFailure: reason => seen.push(`failed ${reason}`),
  }
  return { io, seen }
}
