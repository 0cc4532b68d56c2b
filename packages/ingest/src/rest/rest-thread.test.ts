import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { after, beforeEach, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { systemTimers } from '@tradelane/shared/thread/timers'
import type { RestBudget } from '@tradelane/venues/rest-protocol'
import { RefusalPauses } from '../host/refusal-pauses.js'
import { RestHost } from '../host/rest-host.js'
import { REST_BYTES_MAX, REST_SPACING_MS } from '../limits.js'
import { RecordedLog, until } from '../test/recorded-log.js'
import { ScriptedVenue } from '../test/scripted-venue.js'
import { TestLanes } from '../test/test-lanes.js'
import { bodyOf } from './answer-body.js'
import type { Fetch } from './fetch.js'
import { RestClient } from './rest-client.js'
import type { RestThreadStart } from './rest-messages.js'
import { RestThread } from './rest-thread.js'

const BUDGET: RestBudget = {
  host: 'venue',
  weightPerMinute: 1_000,
  usedWeightHeader: null,
  stopMs: { 429: 60_000 },
  refusalOf: () => null,
}
/** Of this thread, the main one of its process. */
const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`
const LIST_BYTES = 12 * 1_024 * 1_024
const venue = await ScriptedVenue.open()
after(() => venue.close())

const workers: Worker[] = []
const workerData: RestThreadStart = { proxy: null }
const thread = new RestThread(null, () => {
  const worker = new Worker(new URL('./rest-worker.js', import.meta.url), { workerData })
  workers.push(worker)
  return worker
})
after(() => workers.at(-1)?.terminate())

beforeEach(() => {
  venue.rest = (_path, response) => response.end('{}')
})

function clientOf(fetch: Fetch, endpoint = venue.httpUrl): RestClient {
  const { counters } = new TestLanes()
  const pauses = new RefusalPauses({
    name: 'venue',
    isAloneAtFirst: false,
    random: () => 0,
    limitedLog: new RecordedLog().limitedLog,
  })
  const host = new RestHost(BUDGET, pauses, () => performance.now())
  return new RestClient(endpoint, BUDGET, { fetch, timers: systemTimers, counters, host })
}

async function get(signal = new AbortController().signal) {
  return await thread.fetch(`${venue.httpUrl}/x`, { signal, redirect: 'error' })
}

test('an answer has the status, the headers and the bytes that the venue sent', async () => {
  const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
  venue.rest = (_path, response) => response.writeHead(429, { 'Retry-After': '7' }).end(bytes)
  const answer = await get()
  assert.equal(answer.status, 429)
  assert.equal(answer.ok, false)
  assert.equal(answer.headers.get('retry-after'), '7')
  assert.equal(answer.headers.get('Retry-After'), '7')
  assert.equal(answer.headers.get('x-other'), null)
  assert.deepEqual(await bodyOf(answer, new AbortController().signal), bytes)
})

test('the head of an answer is here before its body, which may never end', async () => {
  let send = (): void => undefined
  venue.rest = (_path, response) => {
    response.writeHead(418).write('{')
    send = () => void response.end('}')
  }
  const whole = await get()
  assert.equal(whole.status, 418)
  send()
  assert.equal((await bodyOf(whole, new AbortController().signal)).toString(), '{}')
  const endless = await get()
  const abort = new AbortController()
  const body = bodyOf(endless, abort.signal)
  abort.abort(new Error('too late'))
  await assert.rejects(body, /too late/)
})

test('the bytes of an answer are the only view of their memory: they can be handed on', async () => {
  venue.rest = (_path, response) => response.end(Buffer.alloc(300_000, 'x'))
  const body = await clientOf(thread.fetch).get({ path: '/list', weight: 1 })
  assert.equal(body.length, 300_000)
  assert.equal(body.buffer.byteLength, 300_000)
})

test('a request that is given up ends at the venue, and others go on', async () => {
  let isEnded = false
  venue.rest = (_path, response) => {
    response.write('{')
    response.on('close', () => {
      isEnded = true
    })
  }
  const abort = new AbortController()
  const seen = venue.requests.length
  const answer = get(abort.signal).then(response => bodyOf(response, abort.signal))
  await until('it came', () => venue.requests.length > seen)
  abort.abort(new Error('given up'))
  await assert.rejects(answer, /given up/)
  await until('it ended', () => isEnded)
  await assert.rejects(get(AbortSignal.abort(new Error('before'))), /before/)
  venue.rest = (_path, response) => response.end('{}')
  assert.ok((await get()).ok)
})

test('a venue that refuses connections, and one whose answer is too long, are failed requests', async () => {
  const nobody = clientOf(thread.fetch, 'http://127.0.0.1:1')
  await assert.rejects(nobody.get({ path: '/x', weight: 1 }), /ECONNREFUSED|bad port/)
  venue.rest = (_path, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
    }
    response.on('drain', more)
    more()
  }
  const client = clientOf(thread.fetch)
  await assert.rejects(client.get({ path: '/x', weight: 1 }), new RegExp(`longer than ${REST_BYTES_MAX} bytes`))
})

test('requests of one moment are sent one after the other', async () => {
  const count = 6
  const timesMs: number[] = []
  await get()
  venue.rest = (_path, response) => {
    timesMs.push(performance.now())
    response.end('{}')
  }
  await Promise.all(Array.from({ length: count }, () => get()))
  // Each may be late by what this thread and the network take.
  const spanMs = (timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0)
  assert.ok(timesMs.length === count && spanMs >= (count - 3) * REST_SPACING_MS, `${spanMs} ms`)
})

test('requests of a thread that ends fail, and the next one starts another', async () => {
  venue.rest = () => undefined
  const before = workers.length
  const seen = venue.requests.length
  const lost = [get(), get()].map(answer => answer.then(response => bodyOf(response, new AbortController().signal)))
  await until('they came', () => venue.requests.length === seen + 2)
  await workers.at(-1)?.terminate()
  for (const answer of lost) await assert.rejects(answer, /the REST thread ended/)
  venue.rest = (_path, response) => response.end('{}')
  assert.ok((await get()).ok)
  assert.equal(workers.length, before + 1)
})

test('a list of 12 MB costs the calling thread a small part of what receiving it costs', {
  skip: existsSync(SCHEDSTAT) ? false : `needs ${SCHEDSTAT}`,
}, async t => {
  const list = await listServer()
  await clientOf(fetch, list.url).get({ path: '/warm', weight: 1 })
  await clientOf(thread.fetch, list.url).get({ path: '/warm', weight: 1 })
  const [inlineMs, apartMs] = [await costMs(fetch, list.url), await costMs(thread.fetch, list.url)]
  await list.close()
  t.diagnostic(`${apartMs.toFixed(1)} ms of CPU; inline ${inlineMs.toFixed(1)} ms`)
  assert.ok(apartMs < inlineMs / 2, `${apartMs} ms; inline ${inlineMs} ms`)
})

/** CPU time of this thread: on a busy machine the time that passes says nothing. */
async function costMs(by: Fetch, url: string): Promise<number> {
  const usedMs = (): number => Number(readFileSync(SCHEDSTAT, 'latin1').split(' ', 1)[0]) / 1e6
  const beforeMs = usedMs()
  const body = await clientOf(by, url).get({ path: '/list', weight: 1 })
  assert.equal(body.length, LIST_BYTES)
  return usedMs() - beforeMs
}

/** In a thread of its own, so that sending holds up nobody here. */
async function listServer(): Promise<{ url: string; close(): Promise<unknown> }> {
  const code = `const { createServer } = require('node:http')
    const { parentPort } = require('node:worker_threads')
    const list = Buffer.alloc(${LIST_BYTES}, 'x')
    const server = createServer((request, response) => response.end(request.url === '/list' ? list : '{}'))
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`
  const worker = new Worker(code, { eval: true })
  const [port] = await once(worker, 'message')
  return { url: `http://127.0.0.1:${port}`, close: () => worker.terminate() }
}
