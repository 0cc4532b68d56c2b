// Plain HTTP on the port: real uWebSockets.js, real sockets, and bytes as they go over the wire.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { serveHttp } from './http-endpoints.js'
import { REQUEST_RATE } from './limits.js'
import { RequestQueue } from './request-queue.js'
import { LISTEN_EXCLUSIVE, type ListenSocket, loadUws } from './uws.js'

const MIB = 2 ** 20
const uws = loadUws()
const app = uws.App()
const block = createCounters(1)
const counters = new Counters(block, 0)
/** Moved by each test, so that none takes the tokens of another. */
let nowMs = 0
let isReady = false
const queue = new RequestQueue({ timers: systemTimers, nowMs: () => performance.now(), counters, look: () => {} })
serveHttp({
  app,
  health: { isReady: () => isReady, notReadyReason: () => 'stopping' },
  queue,
  counters,
  nowMs: () => nowMs,
})
const opened = new Promise<ListenSocket>((resolve, reject) => {
  app.listen('127.0.0.1', 0, LISTEN_EXCLUSIVE, socket => {
    if (socket === false) reject(new Error('no port'))
    else resolve(socket)
  })
})
const port = uws.us_socket_local_port(await opened)
const url = `http://127.0.0.1:${port}`
after(() => app.close())

test('/healthz answers ok, ready or not, and the connection is closed', async () => {
  isReady = false
  assert.deepEqual(await get('/healthz'), [200, 'ok\n'])
  assert.match(await talk(request('/healthz')), /^HTTP\/1.1 200 OK\r\n(.+\r\n)*Connection: close\r\n(.+\r\n)*\r\nok\n$/)
})

test('/readyz answers whether clients may connect, and if not, why', async () => {
  isReady = false
  assert.deepEqual(await get('/readyz'), [503, 'not ready: stopping\n'])
  isReady = true
  assert.deepEqual(await get('/readyz'), [200, 'ready\n'])
})

for (const [what, bytes, status, counter] of [
  ['the path of nothing', request('/nothing?x=1'), '404 Not Found', 'requestsRefusedPath'],
  ['the root', request('/'), '404 Not Found', 'requestsRefusedPath'],
  ['the report of late trades, which the admin side has', request('/tail'), '404 Not Found', 'requestsRefusedPath'],
  ['another method', request('/healthz', 'DELETE'), '405 Method Not Allowed', 'requestsRefusedMethod'],
  [
    'a body',
    `${request('/healthz').slice(0, -2)}content-length: 2\r\n\r\nhi`,
    '413 Content Too Large',
    'requestsRefusedBody',
  ],
  [
    'a body of chunks',
    `${request('/readyz').slice(0, -2)}transfer-encoding: chunked\r\n\r\n`,
    '413 Content Too Large',
    'requestsRefusedBody',
  ],
  [
    'a body of another method',
    `${request('/healthz', 'POST').slice(0, -2)}content-length: 9000000\r\n\r\n${'x'.repeat(MIB)}`,
    '405 Method Not Allowed',
    'requestsRefusedMethod',
  ],
] as const) {
  test(`${what} gets ${status}, and the connection is closed`, async () => {
    const before = readCounters(block)
    const answer = await talk(bytes)
    assert.ok(answer.startsWith(`HTTP/1.1 ${status}\r\n`) && answer.includes('Connection: close'), answer)
    assert.equal(readCounters(block)[counter], before[counter] + 1)
  })
}

test('requests that follow in the same bytes are not answered: a mebibyte of them costs one', async () => {
  const before = readCounters(block)
  const one = request('/healthz')
  const answer = await talk(one.repeat(MIB / one.length))
  assert.ok(answer.split('HTTP/1.1').length <= 2, `${answer.length} B`)
  const { requestsAnswered, requestsRefusedRate, requestsAborted } = readCounters(block)
  assert.deepEqual(
    [requestsAnswered, requestsRefusedRate, requestsAborted],
    [before.requestsAnswered, before.requestsRefusedRate, before.requestsAborted + 1],
  )
  assert.deepEqual(await get('/healthz'), [200, 'ok\n'])
})

test('an address that requests too often gets 429 and a time to wait, and is served after that time', async () => {
  nowMs += 60_000
  const statuses = new Set<number>()
  for (let count = 0; count < REQUEST_RATE.burst; count += 1) statuses.add((await fetch(`${url}/healthz`)).status)
  assert.deepEqual([...statuses], [200])
  const refused = await fetch(`${url}/healthz`)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1'])
  assert.equal(readCounters(block).requestsRefusedRate, 1)
  nowMs += 1_000
  assert.deepEqual(await get('/healthz'), [200, 'ok\n'])
})

test('an answer that is never read holds nothing: the connection is closed although the client is still there', async () => {
  const CONNECTIONS = 300
  const openBefore = openDescriptors()
  for (let count = 0; count < CONNECTIONS; count += 1) await talkWithoutReading(request('/readyz'))
  assert.equal(queue.size, 0)
  // The client's end of each connection is in this process.
  assert.ok(openDescriptors() - openBefore < CONNECTIONS * 1.1, `${openDescriptors() - openBefore} descriptors`)
})

async function get(path: string): Promise<[number, string]> {
  nowMs += 100
  const response = await fetch(url + path)
  return [response.status, await response.text()]
}

function request(path: string, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
}

/** Resolves to all that was answered, once the connection is closed. */
async function talk(bytes: string): Promise<string> {
  nowMs += 100
  return await new Promise(resolve => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

/** Resolves once the request is counted. The socket stays open, unread, until the file ends. */
async function talkWithoutReading(bytes: string): Promise<void> {
  nowMs += 100
  const before = readCounters(block).requestsAnswered
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  socket.pause()
  socket.on('error', () => {})
  after(() => socket.destroy())
  while (readCounters(block).requestsAnswered === before) await new Promise(resolve => setImmediate(resolve))
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}
