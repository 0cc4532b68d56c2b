import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { niceOfThreads, skipWithoutThreadNice } from '@tradelane/shared/thread/test/thread-nice'
import { cpuWaitMs } from '@tradelane/shared/thread/thread-watch'
import { INLINE_LIST_BYTES_MAX } from '../limits.js'
import { type InstrumentListPageTask, readInstrumentListPage } from './instrument-list-page.js'
import { PooledInstrumentListReader } from './instrument-list-reader.js'

const WANTED = new Set(['BTCUSDT', 'GONEUSDT'])
const LIMITS = { heapMbMax: 512, msMax: 10_000, idleMs: 1_000 }
const BTC = { symbol: 'BTCUSDT', status: 'Trading' }

/** A page of Bybit with this many instruments that are not requested, and one that is. */
function pageOf(others: number, tail = ']}}'): InstrumentListPageTask {
  const entries = Array.from({ length: others }, (_, index) =>
    JSON.stringify({ symbol: `S${index}`, status: 'Trading' }),
  )
  const list = [...entries, JSON.stringify(BTC)].join()
  const body = Buffer.from(`{"retCode":0,"result":{"nextPageCursor":"next","list":[${list}${tail}`)
  return { productId: 'bybit-linear', body, symbols: WANTED }
}

// First, so that no thread of another test is counted.
test('pages share one thread at a lower priority; it ends when none follows', {
  skip: skipWithoutThreadNice,
}, async () => {
  const before = niceOfThreads()
  const reader = new PooledInstrumentListReader({ ...LIMITS, idleMs: 20 })
  const pages = [1, 2, 3].map(() => reader.read(pageOf(20_000)))
  const lowered = new Set<string>()
  const watch = setInterval(() => {
    for (const [id, nice] of niceOfThreads()) if (nice === 10 && before.get(id) !== 10) lowered.add(id)
  }, 1)
  await Promise.all(pages)
  await untilTrue(() => lowered.size > 0 && [...lowered].every(id => !niceOfThreads().has(id)))
  clearInterval(watch)
  assert.equal(lowered.size, 1)
  assert.ok([...niceOfThreads()].every(([id, nice]) => !before.has(id) || before.get(id) === nice))
})

test('a page gives the requested symbols that it lists, however long it is', async () => {
  const reader = new PooledInstrumentListReader()
  for (const others of [0, 10, 20_000]) {
    const task = pageOf(others)
    assert.equal(task.body.length > INLINE_LIST_BYTES_MAX, others === 20_000)
    assert.deepEqual(await reader.read(task), {
      listed: [{ symbol: 'BTCUSDT', isTrading: true, contractValue: '1' }],
      examples: others === 0 ? ['BTCUSDT'] : ['S0', 'S1', 'S2'].slice(0, others),
      entryCount: others + 1,
      nextCursor: 'next',
    })
  }
})

test('a long page that is not as documented is refused, and the next one read', async () => {
  const reader = new PooledInstrumentListReader()
  const broken = reader.read(pageOf(20_000, ''))
  const other = reader.read({ ...pageOf(20_000), productId: 'nowhere' })
  const sound = reader.read(pageOf(20_000))
  await assert.rejects(broken, /JSON/)
  await assert.rejects(other, /no venue has the product nowhere/)
  assert.equal((await sound).entryCount, 20_001)
})

test('a long page is handed over, not copied', async () => {
  const task = pageOf(20_000)
  const page = new PooledInstrumentListReader().read(task)
  await untilTrue(() => task.body.length === 0)
  assert.equal((await page).entryCount, 20_001)
})

test('a page that its thread has no memory for is refused, and the next one read', async () => {
  const reader = new PooledInstrumentListReader({ ...LIMITS, heapMbMax: 32 })
  await assert.rejects(reader.read(pageOf(400_000)), { code: 'ERR_WORKER_OUT_OF_MEMORY' })
  assert.equal((await reader.read(pageOf(20_000))).entryCount, 20_001)
})

test('a page that takes too long is refused', async () => {
  const reader = new PooledInstrumentListReader({ ...LIMITS, msMax: 1 })
  await assert.rejects(reader.read(pageOf(400_000)), { name: 'AbortError' })
})

test('the calling thread continues while a long page is read', async () => {
  const task = pageOf(200_000)
  const startMs = performance.now()
  readInstrumentListPage(task)
  const inlineMs = performance.now() - startMs
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const waitedBeforeMs = cpuWaitMs(process.pid)
  delay.enable()
  // The histogram notes the time between two firings of its timer: one before and one after the page.
  await setTimeout(10)
  const { entryCount } = await new PooledInstrumentListReader().read(task)
  await setTimeout(10)
  delay.disable()
  assert.equal(entryCount, 200_001)
  // On a busy machine the calling thread may have had no CPU for longer than the whole page takes.
  const waitedMs = cpuWaitMs(process.pid) - waitedBeforeMs
  const heldMs = delay.max / 1e6 - waitedMs
  assert.ok(heldMs < inlineMs / 2, `held up for ${heldMs} ms of ${inlineMs}; ${waitedMs} ms without a CPU`)
})

async function untilTrue(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5_000
  while (!isTrue()) {
    assert.ok(performance.now() < deadlineMs, 'not within 5 s')
    await setTimeout(1)
  }
}
