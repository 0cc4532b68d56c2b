// What the admin address answers, on real sockets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CellStatus } from '@tradelane/shared/market/nouns'
import { ThreadState } from '@tradelane/shared/thread/parking'
import { type LateTrade, lateTradeNumbers } from '@tradelane/shared/trace/late-trades'
import { ACTIVITIES_COMPLETE_MS, REPORT_MS_MIN } from './limits.js'
import type { StatReport } from './stat/stat-report.js'
import type { TailReport } from './tail/tail-report.js'
import { AdminUnderTest, get, setTradeLink } from './test/admin-fixture.js'

test('/healthz answers ok; no answer may be stored or taken for another type', async t => {
  const admin = await AdminUnderTest.listening(t)
  const { status, headers, body } = await admin.request('/healthz')
  assert.deepEqual([status, body], [200, 'ok\n'])
  assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.deepEqual([headers.get('cache-control'), headers.get('x-content-type-options')], ['no-store', 'nosniff'])
})

test('/readyz answers 200, or 503 with every reason', async t => {
  const admin = await AdminUnderTest.listening(t)
  const ready = async (): Promise<unknown> => {
    admin.pass(REPORT_MS_MIN)
    const { status, headers, body } = await admin.request('/readyz')
    assert.equal(headers.get('content-type'), 'application/json')
    return [status, JSON.parse(body)]
  }
  assert.deepEqual(await ready(), [200, { ready: true, reasons: [] }])
  admin.cell(2).setState(ThreadState.starting)
  admin.cell(4).setState(ThreadState.stopped)
  setTradeLink(admin.start, CellStatus.down)
  const reasons = ['gateway-1 is not listening', 'l2-0 is not running', 'no venue trade connection is live']
  assert.deepEqual(await ready(), [503, { ready: false, reasons }])
  for (const index of [2, 4]) admin.cell(index).setState(ThreadState.running)
  setTradeLink(admin.start, CellStatus.live)
  admin.cell(1).requestStop()
  assert.deepEqual(await ready(), [503, { ready: false, reasons: ['stopping'] }])
})

test('after a resharding the threads are others', async t => {
  const admin = await AdminUnderTest.listening(t)
  const threads = [...admin.start.threads.slice(0, 4), { role: 'l2-7', index: 4 }]
  admin.agent.accept({ type: 'threads', threads, depthRings: [] })
  admin.cell(4).setState(ThreadState.stopped)
  assert.match((await admin.request('/readyz')).body, /\["l2-7 is not running"\]/)
  const { threads: reported } = JSON.parse((await admin.request('/stat')).body) as StatReport
  const last = reported.at(-1)
  assert.deepEqual([last?.role, last?.state], ['l2-7', 'stopped'])
})

test('/stat answers the threads with their states', async t => {
  const admin = await AdminUnderTest.listening(t)
  admin.pass(61_500)
  const { status, headers, body } = await admin.request('/stat')
  assert.deepEqual([status, headers.get('content-type')], [200, 'application/json'])
  const { process, threads } = JSON.parse(body) as StatReport
  assert.equal(process.uptimeMs, 61_500)
  assert.deepEqual(
    threads.map(({ role, state }) => `${role} ${state}`),
    ['supervisor running', 'ingest running', 'gateway-0 running', 'gateway-1 running', 'admin running', 'l2-0 running'],
  )
})

test('/tail answers the late trades of each gateway, in JSON or text, once they are explained', async t => {
  const admin = await AdminUnderTest.listening(t)
  const handedMs = admin.timers.nowMs
  const worst = lateTradeNumbers([lateTrade(7, handedMs)])
  const post = { type: 'late-trades', worst, worstArrivals: [] } as const
  admin.agent.accept({ ...post, thread: 2 })
  assert.equal(admin.agent.msToNextDeadline(), ACTIVITIES_COMPLETE_MS)
  admin.pass(ACTIVITIES_COMPLETE_MS)
  assert.equal(admin.agent.msToNextDeadline(), Number.POSITIVE_INFINITY)
  const { gateways } = JSON.parse((await admin.request('/tail')).body) as TailReport
  assert.deepEqual(
    gateways.map(({ thread, worst }) => [thread, worst.map(({ seq, account }) => [seq, account.length])]),
    [
      ['gateway-0', []],
      ['gateway-1', [[7, 4]]],
    ],
  )
  const text = await admin.request('/tail', { headers: { accept: 'text/plain' } })
  assert.match(text.headers.get('content-type') ?? '', /^text\/plain/)
  assert.match(text.body, /^Hops since the start, µs\n/)
  assert.match(text.body, /gateway-1: worst of the last minute.*\n +5000 µs .* test-linear COINUSDT {2}seq 7/)
})

test('HEAD is answered like GET without the body; other methods are not allowed, other paths not found', async t => {
  const admin = await AdminUnderTest.listening(t)
  for (const path of ['/healthz', '/readyz', '/stat', '/tail', '/metrics']) {
    const head = await admin.request(path, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await admin.request(path, { method })
      assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD'], `${method} ${path}`)
    }
    admin.pass(1_000)
  }
  for (const path of ['/TAIL', '/tail/x', '/favicon.ico']) {
    for (const method of ['GET', 'POST']) assert.equal((await admin.request(path, { method })).status, 404, path)
  }
})

test('a report is made at most once a second, and requests in between share its bytes', async t => {
  const admin = await AdminUnderTest.listening(t)
  const state = async (): Promise<string | undefined> =>
    (JSON.parse((await admin.request('/stat')).body) as StatReport).threads.at(-1)?.state
  assert.equal(await state(), 'running')
  admin.cell(4).setState(ThreadState.stopped)
  admin.pass(REPORT_MS_MIN - 1)
  assert.equal(await state(), 'running')
  admin.pass(1)
  assert.equal(await state(), 'stopped')
})

test('a request for a name that is not ours is misdirected, whatever it asks for', async t => {
  const admin = await AdminUnderTest.listening(t, { hostNames: ['10.0.0.5', 'trade.example'] })
  const statusFor = async (request: string): Promise<number | undefined> => {
    admin.pass(1_000)
    const client = await admin.connect()
    client.send(request)
    await client.answered(1)
    client.socket.destroy()
    return client.statuses[0]
  }
  for (const host of ['localhost:9002', '127.0.0.1', '[::1]:9002', 'trade.example', '10.0.0.5:80']) {
    assert.equal(await statusFor(get('/healthz', host)), 200, host)
  }
  for (const host of ['evil.example', 'localhost.evil.example', '10.0.0.6', '']) {
    for (const path of ['/healthz', '/tail', '/nothing']) assert.equal(await statusFor(get(path, host)), 421, host)
  }
  assert.equal(await statusFor('GET /healthz HTTP/1.1\r\n\r\n'), 421)
  assert.equal(await statusFor('GET /healthz HTTP/1.0\r\n\r\n'), 421)
  assert.equal(admin.counters().adminHostsRefused, 14)
})

test('when it closes, its port is free and its connections are closed', async t => {
  const admin = await AdminUnderTest.listening(t)
  const client = await admin.connect()
  client.send(get('/healthz'))
  await client.answered(1)
  admin.agent.close()
  await client.closed()
  await assert.rejects(admin.request('/healthz'))
})

function lateTrade(sequence: number, handedMs: number): LateTrade {
  const us = handedMs * 1_000
  const stampsUs = [us - 5_000, us - 5_000, us - 4_000, us - 1_000, us] as const
  const [venueUs, receivedUs] = [Date.now() * 1_000, Date.now() * 1_000]
  return { sequence, instrument: 0, product: 0, venueUs, receivedUs, stampsUs, clientCount: 1, lateUs: 5_000 }
}
