// What connections and requests may do, on real sockets: each limit is reached, answered where there is an answer, and counted.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ANSWER_MS_MAX,
  ANSWERS_UNREAD_MAX,
  CONNECTIONS_MAX,
  CUT_PAUSE_MS,
  HEADER_BYTES_MAX,
  KEEP_ALIVE_MS,
  REQUEST_CHECK_MS,
  REQUEST_MS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  REQUESTS_PER_S_MAX,
} from '../limits.js'
import { AdminUnderTest, get, until } from '../test/admin-fixture.js'

/** The end of a connection comes this much later than Node's limit on a busy machine. */
const LATE_MS = 5_000

// By itself: such an answer takes the processor from others, whose connections Node would close meanwhile.
test('a connection that does not read its answers is cut off after some seconds, one that reads is not', async t => {
  // Larger than what the system takes for a connection that does not read.
  const threads = Array.from({ length: 4 }, (_, index) => ({ role: 'x'.repeat(6_000_000), index }))
  const admin = await AdminUnderTest.listening(t, { threads })
  const [unread, read] = [await admin.connect(), await admin.connect()]
  unread.socket.pause()
  for (const client of [unread, read]) client.send(get('/stat'))
  // The text grows by a thousand pieces: to look into it before it is long enough would copy it each time.
  const isLong = (): boolean => read.text.length > 24_000_000
  const hasAll = (): boolean => {
    const [head = '', body = ''] = isLong() ? read.text.split('\r\n\r\n', 2) : []
    return body.length > 24_000_000 && body.length === Number(/content-length: (\d+)/i.exec(head)?.[1])
  }
  await until(hasAll, 'the answer')
  assert.equal(admin.counters().adminRequests, 2)
  admin.pass(ANSWER_MS_MAX)
  assert.equal(admin.counters().adminConnectionsCut, 0)
  admin.pass(1)
  assert.equal(admin.counters().adminConnectionsCut, 1)
  unread.socket.resume()
  await unread.closed()
  assert.ok(unread.text.length < 24_000_000, 'it was not sent the whole answer')
  read.send(get('/healthz'))
  await until(() => read.text.endsWith('ok\n'), 'the next answer')
  read.socket.destroy()
})

// Most of their time they wait for Node's own limits.
describe('limits', { concurrency: true }, () => {
  test('more requests a second than the rate are answered 429 and their connection is closed; a second later all is well', async t => {
    const admin = await AdminUnderTest.listening(t)
    const client = await admin.connect()
    for (let count = 1; count <= REQUESTS_PER_S_MAX; count += 1) {
      client.send(get('/healthz'))
      await client.answered(count)
    }
    client.send(get('/healthz'))
    await client.closed()
    assert.deepEqual([client.statuses.length, client.statuses.at(-1)], [REQUESTS_PER_S_MAX + 1, 429])
    assert.match(client.text, /\r\nretry-after: 1\r\n/)
    assert.equal((await admin.request('/healthz')).status, 429)
    assert.equal(admin.counters().adminRequestsLimited, 2)
    assert.equal(admin.counters().adminRequests, REQUESTS_PER_S_MAX + 2)
    admin.pass(1_000)
    assert.equal((await admin.request('/healthz')).status, 200)
  })

  test('a body is refused, announced or not, and so is what is no path', async t => {
    const admin = await AdminUnderTest.listening(t)
    const host = 'Host: localhost\r\n'
    for (const [request, status] of [
      [`POST /stat HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`, 413],
      [`GET /stat HTTP/1.1\r\n${host}Content-Length: 5000000000\r\n\r\n`, 413],
      [`POST /stat HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 413],
      [`PUT /stat HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`, 413],
      [`GET http://localhost/stat HTTP/1.1\r\n${host}\r\n`, 400],
      [`OPTIONS * HTTP/1.1\r\n${host}\r\n`, 400],
      ['NONSENSE\r\n\r\n', 400],
      [`GET /stat HTTP/1.1\r\n${host}Bad Header\r\n\r\n`, 400],
      [`POST /stat HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    ] as const) {
      const client = await admin.connect()
      client.send(request)
      await client.closed()
      assert.deepEqual(client.statuses, [status], `${request}\n${client.text}`)
    }
    assert.equal(admin.counters().adminRequestsInvalid, 9)
  })

  test('an expectation is ignored where there is no body, and an upgrade is no reason to answer differently', async t => {
    const admin = await AdminUnderTest.listening(t)
    for (const header of ['Expect: 100-continue', 'Expect: something', 'Connection: Upgrade\r\nUpgrade: websocket']) {
      const client = await admin.connect()
      client.send(get('/healthz', 'localhost', `${header}\r\n`))
      await client.answered(1)
      assert.deepEqual(client.statuses, [200])
      client.socket.destroy()
    }
  })

  test(`headers beyond ${HEADER_BYTES_MAX} bytes are answered 431 by Node`, async t => {
    const admin = await AdminUnderTest.listening(t)
    const client = await admin.connect()
    client.send(get('/healthz', 'localhost', `X: ${'x'.repeat(HEADER_BYTES_MAX - 100)}\r\n`))
    await client.answered(1)
    client.send(get('/healthz', 'localhost', `X: ${'x'.repeat(HEADER_BYTES_MAX)}\r\n`))
    await client.closed()
    assert.deepEqual(client.statuses, [200, 431])
    assert.equal(admin.counters().adminRequestsInvalid, 1)
  })

  test('a request that does not come to its end in time is answered 408 by Node, also when nothing was sent', async t => {
    const admin = await AdminUnderTest.listening(t)
    const clients = [await admin.connect(), await admin.connect()]
    const [silent, slow] = clients as [(typeof clients)[0], (typeof clients)[0]]
    slow.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n')
    const dripping = setInterval(() => slow.send('X: 1\r\n'), 100)
    const startMs = performance.now()
    for (const client of clients) await client.closed(REQUEST_MS_MAX + REQUEST_CHECK_MS + LATE_MS)
    clearInterval(dripping)
    assert.ok(performance.now() - startMs > REQUEST_MS_MAX - REQUEST_CHECK_MS)
    assert.deepEqual([slow.statuses, silent.statuses], [[408], [408]])
    assert.equal(admin.counters().adminRequestsInvalid, 2)
  })

  test('a connection without a request is closed by Node, and so is one that had many', async t => {
    const admin = await AdminUnderTest.listening(t)
    const idle = await admin.connect()
    idle.send(get('/healthz'))
    const busy = await admin.connect()
    for (let count = 1; count <= REQUESTS_PER_CONNECTION_MAX; count += 1) {
      if (count % REQUESTS_PER_S_MAX === 0) admin.pass(1_000)
      busy.send(get('/healthz'))
      await busy.answered(count)
    }
    await busy.closed()
    assert.ok(busy.statuses.every(status => status === 200))
    assert.match(busy.text, /\r\nConnection: close\r\n\r\nok\n$/)
    await idle.closed(KEEP_ALIVE_MS + REQUEST_CHECK_MS + LATE_MS)
    assert.deepEqual(idle.statuses, [200])
  })

  test('a connection that sends requests without waiting for answers is cut off', async t => {
    const admin = await AdminUnderTest.listening(t)
    const polite = await admin.connect()
    polite.send(get('/healthz').repeat(ANSWERS_UNREAD_MAX))
    await polite.answered(ANSWERS_UNREAD_MAX)
    polite.socket.destroy()
    const rude = await admin.connect()
    rude.send(get('/tail').repeat(10_000))
    await rude.closed()
    assert.equal(admin.counters().adminConnectionsCut, 1)
    assert.equal(admin.counters().adminRequests, 2 * ANSWERS_UNREAD_MAX)
    assert.equal(admin.lines.filter(line => line.startsWith('warn admin connection cut off')).length, 1)
  })

  test('after one connection was cut off, others from its address are closed unread for a second', async t => {
    const admin = await AdminUnderTest.listening(t)
    const open = await admin.connect()
    const rude = await admin.connect()
    rude.send(get('/tail').repeat(100))
    await rude.closed()
    const next = await admin.connect()
    next.send(get('/healthz'))
    await next.closed()
    assert.equal(next.text, '')
    assert.deepEqual([admin.counters().adminConnectionsCut, admin.counters().adminConnectionsRefused], [1, 1])
    open.send(get('/healthz'))
    await open.answered(1)
    admin.pass(CUT_PAUSE_MS)
    assert.equal((await admin.request('/healthz')).status, 200)
  })

  test('more connections than the limit are closed by Node; when some end, others are served', async t => {
    const admin = await AdminUnderTest.listening(t)
    // All at once: those that send nothing are closed after some seconds.
    const all = await Promise.all(Array.from({ length: CONNECTIONS_MAX + 1 }, () => admin.connect()))
    await until(() => all.some(({ isClosed }) => isClosed), 'one is closed')
    const refused = all.filter(({ isClosed }) => isClosed)
    const clients = all.filter(client => !refused.includes(client))
    assert.deepEqual(
      refused.map(({ text }) => text),
      [''],
    )
    assert.equal(admin.counters().adminConnectionsRefused, 1)
    clients[0]?.send(get('/healthz'))
    await clients[0]?.answered(1)
    clients[1]?.socket.destroy()
    await until(() => clients[1]?.isClosed === true, 'one has ended')
    await until(() => admin.counters().adminConnectionsRefused > 0, 'it is counted')
    const next = await admin.connect()
    next.send(get('/healthz'))
    await next.answered(1)
    for (const client of [...clients, next]) client.socket.destroy()
  })
})
