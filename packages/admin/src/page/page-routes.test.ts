import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '@tradelane/shared/access/token'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { Kind, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { Activity, ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { ACTIVITIES_COMPLETE_MS, KEEP_AFTER_REQUEST_MS, KEPT_MS } from '../limits.js'
import { AdminUnderTest } from '../test/admin-fixture.js'
import { webSocketUrl } from './page-address.js'

const TOKEN = 'sesame-0123456789'
const RECORD = {
  kind: Kind.trade,
  instrument: 0,
  product: 0,
  receivedUs: 0,
  venueUs: 0,
  readUs: 0,
} as never as Parameters<TradeLogWriter['append']>[0]

test('the page and its files need no token, and name the gateway where scripts may connect', async t => {
  const access = { tokenDigest: digestOf(TOKEN), allowedOrigins: [] }
  const admin = await AdminUnderTest.listening(t, { access, naivePort: 9_003 })
  const { status, headers, body } = await admin.request('/')
  assert.equal(status, 200)
  assert.match(body, /<meta name="tradelane-gateway" content="ws:\/\/127\.0\.0\.1:9001"/)
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(policy, /connect-src 'self' ws:\/\/127\.0\.0\.1:9001 ws:\/\/127\.0\.0\.1:9003;/)
  assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /unsafe|\*/)
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(body) ?? []
  const file = await admin.request(script)
  assert.deepEqual([file.status, file.headers.get('content-encoding')], [200, 'gzip'])
  assert.match(file.headers.get('cache-control') ?? '', /immutable/)
  assert.match(file.headers.get('content-type') ?? '', /^text\/javascript/)
  for (const path of ['/assets/nothing.js', '/page/tail', '/page/trade/1', '/assets', '//']) {
    assert.equal((await admin.request(path)).status, 401, path)
  }
  const authorization = { headers: { authorization: `Bearer ${TOKEN}` } }
  assert.equal((await admin.request('/assets/nothing.js', authorization)).status, 404)
  assert.equal((await admin.request('/', { method: 'PUT' })).status, 405)
})

test('the gateway is named as the page was, unless it listens on one address of its own', () => {
  const gateway = { host: '0.0.0.0', port: 9001, isTls: false }
  for (const [host, more, url] of [
    ['desk.example:9002', {}, 'ws://desk.example:9001'],
    ['[::1]:9002', { host: '::' }, 'ws://[::1]:9001'],
    ['localhost', { host: '127.0.0.1', isTls: true }, 'wss://localhost:9001'],
    ['desk.example', { host: '127.0.0.1' }, 'ws://127.0.0.1:9001'],
    ['127.0.0.1:9002', { host: '192.0.2.1' }, 'ws://192.0.2.1:9001'],
    ['127.0.0.1:9002', { host: '2001:db8::1' }, 'ws://[2001:db8::1]:9001'],
  ] as const) {
    assert.equal(webSocketUrl(host, { ...gateway, ...more }), url)
  }
})

test('any trade of the last minute is explained while a page is open, an older one not', async t => {
  const admin = await AdminUnderTest.listening(t)
  const { tradeLog, traces } = admin.start
  const nowUs = (): MonotonicUs => (admin.timers.nowMs * 1_000) as MonotonicUs
  const log = new TradeLogWriter(tradeLog, [], nowUs)
  const gateway = new ActivityRing(traces, 1)
  const sendOne = (): number => {
    log.append({ ...RECORD, readUs: nowUs() - 40 }, '{}', new Uint8Array(0))
    const loggedUs = nowUs()
    gateway.note(Activity.parked, loggedUs - 500, loggedUs + 60, 0)
    gateway.note(Activity.fanOut, loggedUs + 70, loggedUs + 95, 1)
    return log.nextSequence - 1
  }
  const account = async (seq: number): Promise<{ state: string; gateways: { thread: string; account: unknown[] }[] }> =>
    JSON.parse((await admin.request(`/page/trade/${seq}`)).body)
  const before = sendOne()
  admin.pass(1_000)
  assert.equal((await account(before)).state, 'old', 'no page was open')
  const seq = sendOne()
  assert.equal((await account(seq)).state, 'early')
  assert.equal((await account(seq + 1)).state, 'early')
  admin.pass(ACTIVITIES_COMPLETE_MS)
  const { state, gateways } = await account(seq)
  assert.equal(state, 'known')
  assert.deepEqual(
    gateways.map(({ thread, account: hops }) => [
      thread,
      hops.map(hop => [(hop as { hop: string }).hop, (hop as { us: number }).us]),
    ]),
    [
      [
        'gateway-0',
        [
          ['decode', 40],
          ['pickup', 70],
          ['send', 25],
        ],
      ],
    ],
  )
  // Many more than its ring holds: they were read out in time.
  for (let second = 0; second < 10; second += 1) {
    for (let count = 0; count < 1_000; count += 1) gateway.note(Activity.slice, nowUs(), nowUs(), 1)
    admin.pass(1_000)
    await admin.request('/page/tail')
  }
  assert.equal((await account(seq)).state, 'known')
  for (let ms = 0; ms < KEPT_MS; ms += KEEP_AFTER_REQUEST_MS / 3) {
    gateway.note(Activity.chore, nowUs(), nowUs(), 1)
    await admin.request('/page/tail')
    admin.pass(KEEP_AFTER_REQUEST_MS / 3)
  }
  assert.equal((await account(seq)).state, 'old')
  for (const path of ['/page/trade/0', '/page/trade/x', '/page/trade/1.5'])
    assert.equal((await admin.request(path)).status, 400)
})
