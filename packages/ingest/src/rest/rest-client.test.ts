import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemTimers } from '@tradelane/shared/thread/timers'
import type { RestBudget } from '@tradelane/venues/rest-protocol'
import { RefusalPauses } from '../host/refusal-pauses.js'
import { RestHost } from '../host/rest-host.js'
import { REFUSAL_STOP_MS_MAX, REST_BYTES_MAX } from '../limits.js'
import { RecordedLog, until } from '../test/recorded-log.js'
import { ScriptedVenue } from '../test/scripted-venue.js'
import { TestLanes } from '../test/test-lanes.js'
import { RestClient, RestError } from './rest-client.js'

const BUDGET: RestBudget = {
  host: 'venue',
  weightPerMinute: 100,
  usedWeightHeader: 'x-mbx-used-weight-1m',
  stopMs: { 429: 60_000, 418: 120_000 },
  refusalOf: text => (text.includes('no such') ? 'does-not-exist' : text.includes('busy') ? 'fault' : null),
}
const venue = await ScriptedVenue.open()
after(() => venue.close())

let nowMs = 0
let client: RestClient

beforeEach(() => {
  nowMs = 5_000_000
  client = newClient()
  venue.requests.length = 0
  venue.rest = (_path, response) => response.end('{}')
})

function newHost(): RestHost {
  const { limitedLog } = new RecordedLog()
  const pauses = new RefusalPauses({ name: 'venue', isAloneAtFirst: false, random: () => 0, limitedLog })
  return new RestHost(BUDGET, pauses, () => nowMs)
}

function newClient(endpoint = venue.httpUrl, answerMsMax = 2_000, host = newHost()): RestClient {
  const { counters } = new TestLanes()
  return new RestClient(endpoint, BUDGET, { fetch, timers: systemTimers, counters, host, answerMsMax })
}

async function refusal(weight = 1, from = client, path = '/x'): Promise<RestError> {
  try {
    await from.get({ path, weight })
  } catch (error) {
    assert.ok(error instanceof RestError, `${error}`)
    return error
  }
  assert.fail('the request was answered')
}

function answer(status: number, headers: Record<string, string> = {}): void {
  venue.rest = (_path, response) => response.writeHead(status, headers).end('{"msg":"too many"}')
}

test('an answer is the bytes that the venue sent', async () => {
  const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
  venue.rest = (_path, response) => response.end(bytes)
  assert.deepEqual(await client.get({ path: '/depth?symbol=BTCUSDT', weight: 1 }), bytes)
  assert.deepEqual(venue.requests, ['/depth?symbol=BTCUSDT'])
})

test('weights are spent until the reserve, then nothing is sent before the minute is over', async () => {
  for (let round = 0; round < 3; round += 1) await client.get({ path: '/x', weight: 30 })
  const { message, retryMs } = await refusal(1)
  assert.match(message, /budget/)
  assert.equal(retryMs, 60_000)
  nowMs += 59_000
  assert.equal((await refusal(1)).retryMs, 1_000)
  assert.equal(venue.requests.length, 3)
  nowMs += 1_000
  await client.get({ path: '/x', weight: 90 })
})

test('the venue counts others behind our address: its larger figure counts', async () => {
  answer(200, { 'x-mbx-used-weight-1m': '89' })
  await client.get({ path: '/x', weight: 1 })
  await refusal(2)
  await client.get({ path: '/x', weight: 1 })
})

test('no minute has more weight than the budget, wherever the venue begins its own', async () => {
  await client.get({ path: '/x', weight: 30 })
  nowMs += 50_000
  await client.get({ path: '/x', weight: 60 })
  nowMs += 10_000
  await client.get({ path: '/x', weight: 30 })
  assert.equal((await refusal(1)).retryMs, 50_000)
})

test('products that the venue counts together share the weights and the pauses', async () => {
  const host = newHost()
  const [spot, swap] = [newClient(venue.httpUrl, 2_000, host), newClient(venue.httpUrl, 2_000, host)]
  await spot.get({ path: '/x', weight: 85 })
  assert.equal((await refusal(10, swap)).kind, 'withheld')
  answer(418)
  assert.equal((await refusal(1, spot)).kind, 'refused')
  assert.equal((await refusal(1, swap)).retryMs, 120_000)
})

test('polls have a share of the minute, and none while books wait for snapshots', async () => {
  for (let poll = 0; poll < 27; poll += 1) await client.get({ path: '/poll', weight: 1 }, 'poll')
  await assert.rejects(client.get({ path: '/poll', weight: 1 }, 'poll'), /budget of this minute/)
  client.setWaiting(true)
  nowMs += 60_000
  await assert.rejects(client.get({ path: '/poll', weight: 1 }, 'poll'), /books wait for snapshots/)
  await client.get({ path: '/depth', weight: 1 }, 'snapshot')
  client.setWaiting(false)
  await client.get({ path: '/poll', weight: 1 }, 'poll')
})

test('a smaller or invalid figure of the venue frees nothing', async () => {
  for (const figure of ['0', '-5', 'NaN', 'many', '']) {
    answer(200, { 'x-mbx-used-weight-1m': figure })
    await client.get({ path: '/x', weight: 18 })
  }
  await refusal(1)
})

test('"too many" and "banned" stop all requests for as long as the venue documents', async () => {
  for (const [status, stopMs] of [
    [429, 60_000],
    [418, 120_000],
  ] as const) {
    client = newClient()
    answer(status)
    assert.equal((await refusal()).retryMs, stopMs)
    venue.requests.length = 0
    nowMs += stopMs - 1
    const { message, retryMs } = await refusal()
    assert.match(message, /asked us to stop/)
    assert.equal(retryMs, 1)
    assert.equal(venue.requests.length, 0)
    nowMs += 1
    answer(200)
    await client.get({ path: '/x', weight: 1 })
  }
})

test('retry-after wins over our own pause, up to the longest ban; an invalid one does not', async () => {
  for (const [header, stopMs] of [
    ['300', 300_000],
    ['1', 1_000],
    ['99999999999', REFUSAL_STOP_MS_MAX],
    ['1e999', REFUSAL_STOP_MS_MAX],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 600_000],
    ['Wed, 21 Oct 2026 07:08:00 GMT', 60_000],
    ['-7', 60_000],
    ['soon', 60_000],
  ] as const) {
    client = newClient()
    answer(429, { 'retry-after': header, date: 'Wed, 21 Oct 2026 07:18:00 GMT' })
    assert.equal((await refusal()).retryMs, stopMs, header)
  }
  assert.ok(REFUSAL_STOP_MS_MAX < 2 ** 31, 'a timer that long does not fire at once')
})

test('an answer that was under way does not shorten a ban', async () => {
  let held: (() => void) | undefined
  venue.rest = (_path, response) => {
    held = () => response.writeHead(429).end()
  }
  const slow = refusal()
  await until('the slow request came', () => held !== undefined)
  answer(418)
  await refusal()
  held?.()
  await slow
  assert.equal((await refusal()).retryMs, 120_000)
})

test('what is refused again and again is requested six times in the first minute, once in the tenth', async () => {
  for (const status of [302, 403, 429, 451, 500, 503]) {
    client = newClient()
    answer(status)
    const startMs = nowMs
    const atMs: number[] = []
    while (nowMs < startMs + 1_200_000) {
      const [depth, poll] = [await refusal(1), await refusal(1, client, '/poll')]
      for (const { kind } of [depth, poll]) if (kind === 'refused') atMs.push(nowMs - startMs)
      nowMs += Math.max(1, Math.min(depth.retryMs, poll.retryMs))
    }
    const within = (fromMs: number, toMs: number): number => atMs.filter(ms => ms >= fromMs && ms < toMs).length
    assert.ok(within(0, 60_000) <= 6, `${status}: ${atMs}`)
    for (let fromMs = 600_000; fromMs < 1_140_000; fromMs += 1_000) {
      assert.ok(within(fromMs, fromMs + 60_000) <= 1, `${status}: ${atMs}`)
    }
  }
})

test('two products request their lists at once', async () => {
  const host = newHost()
  await Promise.all([1, 2].map(() => newClient(venue.httpUrl, 2_000, host).get({ path: '/list', weight: 1 })))
})

test('a fault of one path pauses the other paths of the product no longer than they fail themselves', async () => {
  answer(503)
  await refusal()
  answer(200)
  await client.get({ path: '/other', weight: 1 })
})

test('what does not exist is final and pauses nothing; a text may tell a refusal that its status does not', async () => {
  venue.rest = (_path, response) => response.writeHead(400).end('{"msg":"no such symbol"}')
  const absent = await refusal()
  assert.deepEqual([absent.kind, absent.retryMs], ['absent', 0])
  venue.rest = (_path, response) => response.end('{"msg":"busy"}')
  const busy = await refusal()
  assert.equal(busy.kind, 'refused')
  assert.ok(busy.retryMs > 0)
})

test('a refusal is an error with the start of its text, and the host has a pause of its class', async () => {
  venue.rest = (_path, response) => response.writeHead(500).end(`oops ${'x'.repeat(5_000)}`)
  const { message, retryMs } = await refusal()
  assert.match(message, /^HTTP 500: oops x+$/)
  assert.ok(message.length < 200)
  assert.equal(retryMs, 4_000)
  nowMs += retryMs
  answer(200)
  await client.get({ path: '/x', weight: 1 })
})

test('a venue that refuses connections is an error that says so', async () => {
  const gone = await ScriptedVenue.open()
  await gone.refuseAll()
  assert.match((await refusal(1, newClient(gone.httpUrl))).message, /ECONNREFUSED/)
})

const silences: Record<string, typeof venue.rest> = {
  'that never answers': () => undefined,
  'that stops in the middle': (_path, response) => void response.writeHead(200).write('{"half":'),
  'that drips': (_path, response) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.once('close', () => clearInterval(timer))
  },
}
for (const [name, script] of Object.entries(silences)) {
  test(`a venue ${name} takes the time limit, not longer`, async () => {
    venue.rest = script
    const startMs = performance.now()
    await refusal(1, newClient(venue.httpUrl, 150))
    assert.ok(performance.now() - startMs < 1_500)
  })
}

test('a connection cut in the middle of an answer is an error', async () => {
  venue.rest = (_path, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"half":')
    setTimeout(() => response.destroy(), 20)
  }
  await refusal()
})

test('bytes that are not HTTP are an error', async () => {
  venue.rest = (_path, response) => void response.socket?.end('what do you want?\r\n\r\n')
  await refusal()
})

test('an endless answer is abandoned at the limit, and its connection ended', async () => {
  let isClosed = false
  venue.rest = (_path, response) => {
    const chunk = Buffer.alloc(1 << 20, 0x20)
    const pump = (): void => {
      while (!isClosed && response.write(chunk));
    }
    response.on('drain', pump).once('close', () => {
      isClosed = true
    })
    pump()
  }
  const { message } = await refusal(1, newClient(venue.httpUrl, 20_000))
  assert.match(message, new RegExp(`longer than ${REST_BYTES_MAX}`))
  await until('the connection ended', () => isClosed)
})

test('an answer that stops in the middle takes the time limit when its connection to the signal was collected', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  venue.rest = (_path, response) => void response.writeHead(200).write('{"half":')
  const answer = newClient(venue.httpUrl, 300).get({ path: '/x', weight: 1 })
  const collecting = setInterval(collect, 10)
  await assert.rejects(answer, RestError)
  clearInterval(collecting)
})

test('a redirection is not followed: our requests go only to the venue', async () => {
  venue.rest = (path, response) => {
    if (path === '/x') response.writeHead(302, { location: '/elsewhere' }).end()
    else response.end('{}')
  }
  await refusal()
  assert.deepEqual(venue.requests, ['/x'])
})

test('what is under way ends when the client is closed', async () => {
  venue.rest = () => undefined
  const waiting = refusal(1, client)
  await until('the request came', () => venue.requests.length === 1)
  client.close()
  await waiting
  await refusal()
})

test('failures of one venue leave the budget and the requests of another alone', async () => {
  const other = await ScriptedVenue.open()
  other.rest = (_path, response) => response.end('fine')
  const healthy = newClient(other.httpUrl)
  answer(418)
  await refusal()
  assert.equal((await healthy.get({ path: '/x', weight: 1 })).toString(), 'fine')
  await other.close()
})
