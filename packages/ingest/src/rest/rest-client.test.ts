import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemTimers } from '@tradelane/shared/thread/timers'
import type { RestBudget } from '@tradelane/venues/venue'
import { REST_BYTES_MAX, REST_STOP_MS_MAX } from '../limits.js'
import { until } from '../test/recorded-log.js'
import { ScriptedVenue } from '../test/scripted-venue.js'
import { TestLanes } from '../test/test-lanes.js'
import { RestClient, RestError } from './rest-client.js'

const BUDGET: RestBudget = {
  host: 'venue',
  weightPerMinute: 100,
  usedWeightHeader: 'x-mbx-used-weight-1m',
  stopMs: { 429: 60_000, 418: 120_000 },
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

function newClient(endpoint = venue.httpUrl, answerMsMax = 2_000): RestClient {
  const { counters } = new TestLanes()
  return new RestClient(endpoint, BUDGET, { fetch, timers: systemTimers, nowMs: () => nowMs, counters, answerMsMax })
}

async function refusal(weight = 1, from = client): Promise<RestError> {
  try {
    await from.get({ path: '/x', weight })
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

test('a longer retry-after counts, up to the longest ban; a date or an invalid one does not', async () => {
  for (const [header, stopMs] of [
    ['300', 300_000],
    ['1', 60_000],
    ['99999999999', REST_STOP_MS_MAX],
    ['1e999', REST_STOP_MS_MAX],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 60_000],
    ['-7', 60_000],
    ['soon', 60_000],
  ] as const) {
    client = newClient()
    answer(429, { 'retry-after': header })
    assert.equal((await refusal()).retryMs, stopMs, header)
  }
  assert.ok(REST_STOP_MS_MAX < 2 ** 31, 'a timer that long does not fire at once')
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

test('another failure is an error with the start of its text and no stop', async () => {
  venue.rest = (_path, response) => response.writeHead(500).end(`oops ${'x'.repeat(5_000)}`)
  const { message, retryMs } = await refusal()
  assert.match(message, /^HTTP 500: oops x+$/)
  assert.ok(message.length < 200)
  assert.equal(retryMs, 0)
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
