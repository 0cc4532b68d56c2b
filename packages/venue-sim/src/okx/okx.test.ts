import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { startCaptureReplay } from '../capture-replay.js'
import { ClientBook } from '../test/client-book.js'
import { type Frame, VenueSocket } from '../test/venue-client.js'
import { okxSpot, okxSwap } from './okx.js'

const FEEDS = process.env['TRADELANE_FEEDS'] ?? resolve(import.meta.dirname, '../../../../../shared/feeds')
const BOOKS = join(FEEDS, 'okx_books_spot-fut_20220513_cf.ndjson.gz')
const TICK_BY_TICK = join(FEEDS, 'okx_l2tbt_20210722_cf.ndjson.gz')
const INSTRUMENTS = join(FEEDS, 'okx_instruments_rest_20220513_cf.ndjson.gz')
const skip = existsSync(BOOKS) ? false : `no captures in ${FEEDS} (TRADELANE_FEEDS names another folder)`

for (const [file, instId] of [
  [BOOKS, 'BTC-USDT'],
  [TICK_BY_TICK, 'XMR-USDT-SWAP'],
  [TICK_BY_TICK, 'FUN-BTC'],
] as const) {
  test(`the recorded book of ${instId} is served under \`books\`, with the checksums that came with it`, {
    skip,
  }, async t => {
    const port = await replay(t, [file], 'max', false)
    const client = await VenueSocket.open(t, `ws://127.0.0.1:${port}/okx/ws/v5/public`)
    client.send({ op: 'subscribe', args: ['books', 'trades'].map(channel => ({ channel, instId })) })
    await client.find(frame => frame.data)
    const books = (): Frame[] => client.frames.filter(frame => frame.data && frame.arg.channel === 'books')
    await client.until(() => books().length > 20)
    const frames = books()
    const book = new ClientBook()
    for (const { arg, action, data } of frames) {
      assert.deepEqual(arg, { channel: 'books', instId })
      if (action === 'snapshot') book.replace(data[0].bids, data[0].asks)
      else book.apply(data[0].bids, data[0].asks)
      assert.equal(checksum(book), data[0].checksum)
    }
    assert.ok(client.frames.some(frame => frame.data && frame.arg.channel === 'trades'))
  })
}

test('times of a recorded frame, text at this venue, are moved to now on request', { skip }, async t => {
  const port = await replay(t, [BOOKS], 1, true)
  const client = await VenueSocket.open(t, `ws://127.0.0.1:${port}/okx/ws/v5/public`)
  client.send({ op: 'subscribe', args: [{ channel: 'books', instId: 'BTC-USDT' }] })
  const { data } = await client.find(frame => frame.data)
  assert.equal(typeof data[0].ts, 'string')
  assert.ok(Math.abs(Number(data[0].ts) - Date.now()) < 10_000)
})

test('a recorded instrument list is the answer to a request for its type', { skip }, async t => {
  const port = await replay(t, [INSTRUMENTS], 1, false)
  for (const type of ['SPOT', 'SWAP']) {
    const url = `http://127.0.0.1:${port}/okx/api/v5/public/instruments?instType=${type}`
    const { data } = (await (await fetch(url)).json()) as Frame
    assert.ok(data.length > 0 && data.every((entry: Frame) => entry.instType === type))
  }
})

test('futures and options belong to neither product', () => {
  const raw = '{"arg":{"channel":"trades","instId":"BTC-USD-220527"},"data":[]}'
  assert.deepEqual([okxSpot.readCapture(raw), okxSwap.readCapture(raw)], [undefined, undefined])
})

async function replay(
  t: TestContext,
  files: readonly string[],
  speed: number | 'max',
  isRestamped: boolean,
): Promise<number> {
  const options = { host: '127.0.0.1', port: 0, files, speed, restamp: isRestamped, log: () => undefined }
  const simulator = await startCaptureReplay(options)
  t.after(() => simulator.close())
  return simulator.port
}

/** The venue's rule of that time: the best 25 of both sides in turn. */
function checksum(book: ClientBook): number {
  const [bids, asks] = [book.sorted('bids'), book.sorted('asks')]
  const parts = Array.from({ length: 25 }, (_, rank) => [
    ...(bids[rank] ?? []).slice(0, 2),
    ...(asks[rank] ?? []).slice(0, 2),
  ])
  return crc32(parts.flat().join(':')) | 0
}
