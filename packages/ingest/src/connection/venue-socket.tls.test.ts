import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { WebSocketServer } from 'ws'
import { until } from '../test/recorded-log.js'
import { TestLanes } from '../test/test-lanes.js'
import { VenueSocket } from './venue-socket.js'

// The certificate of the test is self-signed.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'

test('over TLS frames come whole and in order, a pause holds, pings are answered, and the end has its reason', async () => {
  const server = createServer(await newCertificate('venue'))
  const sockets = new WebSocketServer({ server })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const lengths = [1, 500, 512, 513, 20_000, 300_000, 3, 1_000_000, 125, 126]
  sockets.on('connection', peer => {
    for (const length of lengths) peer.send('x'.repeat(length))
    peer.on('pong', payload => peer.send(`pong ${payload.toString()}`))
    peer.on('message', text => {
      if (text.toString() === 'close') peer.close(1012, 'service restart')
      else peer.ping('1790000000123', undefined, () => peer.send('after'))
    })
  })
  const texts: string[] = []
  let closed = ''
  const { clock, activities, counters } = new TestLanes()
  const socket = new VenueSocket(`wss://localhost:${(server.address() as AddressInfo).port}/stream`, {
    isPausable: true,
    clock,
    timers: systemTimers,
    activities,
    counters,
    proxy: null,
    events: {
      onOpen: () => undefined,
      onText: frame => texts.push(frame.toString()),
      onBinary: () => assert.fail('none was sent'),
      onPing: () => undefined,
      onPong: () => undefined,
      onClosed: detail => {
        closed = detail
      },
    },
  })
  await until('all came', () => texts.length === lengths.length, 10_000)
  assert.deepEqual(
    texts.map(({ length }) => length),
    lengths,
  )
  socket.pause()
  socket.send('ping')
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(texts.length, lengths.length)
  socket.resume()
  await until('the pong came', () => texts.includes('pong 1790000000123'))
  assert.ok(texts.includes('after'))
  socket.send('close')
  await until('it closed', () => closed !== '')
  assert.match(closed, /1012 service restart/)
  server.close()
})
