// The gateway thread as clients see it: real thread, real uWebSockets.js, real sockets. The test writes the lanes.

import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { test } from 'node:test'
import { type Frame, GatewayUnderTest, sleep, startGateway } from './test/gateway-fixture.js'
import { STREAM } from './test/test-lanes.js'

test('the welcome comes first, then status, state and books at once, then new trades', async () => {
  const gateway = await startGateway()
  gateway.setLink(true)
  gateway.publishTop(0, 1)
  gateway.publishBook(0, 1)
  gateway.withholdBook(1)
  gateway.publishTrade()
  await sleep(50)
  const client = await gateway.connect('/any/path')
  await client.until(({ frames }) => frames.some(frame => frame.kind === 'order_book_l2' && !frame.type), 'the book')
  const [welcome] = client.frames
  assert.equal(welcome?.type, 'welcome')
  assert.equal(welcome?.['stream'], STREAM)
  assert.equal(welcome?.seq, 1)
  const statuses = client.frames.filter(frame => frame.type === 'status')
  assert.deepEqual(statuses.map(stateOf).sort(), ['order_book_l2 live', 'order_book_l2 stale', 'trade live'])
  assert.deepEqual(
    client.frames.slice(1, 4).map(frame => frame.type),
    ['status', 'status', 'status'],
  )
  assert.equal(client.of('order_book_l1').length, 1)
  assert.equal(client.of('trade').length, 0, 'trades before the connect are not replayed')
  gateway.publishTrade()
  await client.until(() => client.of('trade').length === 1, 'the trade')
  assert.equal(client.of('trade')[0]?.seq, 2)
  assert.equal(await gateway.stop(), 0)
})

test('every client gets every trade, in order, once', async () => {
  // More than there are: on a busy machine the log must not overtake a client.
  const gateway = await startGateway({ retained: 10_000 })
  const clients = await Promise.all(Array.from({ length: 5 }, () => gateway.connect()))
  const TRADES = 5_000
  for (let count = 0; count < TRADES; count += 1) {
    gateway.publishTrade()
    if (count % 50 === 0) await sleep(1)
  }
  for (const client of clients) {
    await client.until(() => client.of('trade').length >= TRADES, 'all trades')
    assert.deepEqual(
      client.of('trade').map(frame => frame.seq),
      Array.from({ length: TRADES }, (_, index) => index + 1),
    )
  }
  assert.equal(await gateway.stop(), 0)
})

test('a withheld book is reported by its status and not sent again until it is live', async () => {
  const gateway = await startGateway()
  gateway.publishBook(0, 1)
  const client = await gateway.connect()
  await client.until(() => client.of('order_book_l2').length === 1, 'the first book')
  gateway.withholdBook(0)
  await client.until(() => lastStatus(client.frames) === 'order_book_l2 stale', 'the stale status')
  const late = await gateway.connect()
  await sleep(100)
  assert.equal(late.of('order_book_l2').length, 0)
  gateway.publishBook(0, 2)
  await late.until(() => late.of('order_book_l2').length === 1, 'the book again')
  await client.until(() => client.of('order_book_l2').length === 2, 'the book again')
  assert.equal(lastStatus(client.frames), 'order_book_l2 live')
  assert.equal(await gateway.stop(), 0)
})

test('a client that stops reading does not delay others, and gets exact gaps and fresh books when it reads again', async () => {
  const gateway = await startGateway({ retained: 1_000 })
  const [slow, quick] = [await gateway.connect(), await gateway.connect()]
  slow.socket.pause()
  const TRADES = 40_000
  const text = 'x'.repeat(200)
  for (let count = 0; count < TRADES; count += 1) {
    gateway.publishTrade(0, text)
    if (count % 100 === 0) {
      gateway.publishBook(0, count)
      await quick.until(() => (quick.of('trade').at(-1)?.seq ?? 0) > count - 300, 'the quick client keeps up')
    }
  }
  await quick.until(() => quick.of('trade').length === TRADES, 'all trades')
  gateway.publishBook(0, TRADES)
  slow.socket.resume()
  await slow.until(() => slow.of('trade').at(-1)?.seq === TRADES, 'the newest trade', 20_000)
  const gaps = slow.frames.filter(frame => frame.type === 'gap')
  assert.ok(gaps.length >= 1)
  assert.deepEqual(sequencesOf(slow.frames), { missing: 0, doubles: 0, disordered: 0 })
  await slow.until(() => slow.of('order_book_l2').at(-1)?.['version'] === TRADES, 'the newest book')
  const isWarned = (): boolean => gateway.messages.some(message => message.type === 'log' && message.level === 'warn')
  await slow.until(isWarned, 'the warning')
  assert.equal(await gateway.stop(), 0)
})

test('garbage from clients is counted and ignored, and does not disturb other clients', async () => {
  const gateway = await startGateway()
  const [honest, noisy] = [await gateway.connect(), await gateway.connect()]
  noisy.socket.send('{"op":"subscribe"')
  noisy.socket.send(Buffer.alloc(1_000, 0xff))
  noisy.socket.pong(Buffer.from('TLK1????'))
  const oversized = await gateway.connect()
  oversized.socket.send('x'.repeat(100_000))
  await oversized.closed
  await halfHandshake(gateway.port)
  gateway.publishTrade()
  await honest.until(() => honest.of('trade').length === 1, 'the trade')
  await noisy.until(() => noisy.of('trade').length === 1, 'the trade')
  await sleep(60)
  assert.ok(gateway.counters().clientMessagesIgnored >= 2)
  assert.ok(gateway.counters().pongsUnmatched >= 1)
  assert.equal(await gateway.stop(), 0)
})

test('health and readiness differ', async () => {
  const gateway = await startGateway()
  const status = async (path: string): Promise<number> => (await fetch(gateway.httpUrl + path)).status
  assert.equal(await status('/healthz'), 200)
  assert.equal(await status('/readyz'), 503)
  assert.equal(await status('/nothing'), 404)
  gateway.setLink(true)
  await sleep(50)
  assert.equal(await status('/readyz'), 200)
  gateway.setLink(false)
  await sleep(50)
  assert.equal(await status('/readyz'), 503)
  assert.equal(await gateway.stop(), 0)
})

test('a port in use is a fatal error, also when another gateway has it', async () => {
  const gateway = await startGateway()
  const second = new GatewayUnderTest({ port: gateway.port })
  const message = await second.start()
  assert.equal(message.type === 'fatal' && message.code, 'ERR_PORT_IN_USE')
  assert.equal(await gateway.stop(), 0)
})

test('on shutdown every client gets a Close frame with 1001', async () => {
  const gateway = await startGateway()
  const clients = await Promise.all(Array.from({ length: 3 }, () => gateway.connect()))
  const exited = gateway.exited()
  gateway.requestStop()
  assert.deepEqual(await Promise.all(clients.map(client => client.closed)), [1001, 1001, 1001])
  assert.equal(await exited, 0)
})

test('a client that resumes gets exactly what is newer; for another stream it gets a restart gap', async () => {
  const gateway = await startGateway()
  for (let count = 0; count < 10; count += 1) gateway.publishTrade()
  await sleep(50)
  const resumed = await gateway.connect(`/?since=${STREAM}:4`)
  await resumed.until(() => resumed.of('trade').length >= 6, 'the replay')
  assert.deepEqual(
    resumed.of('trade').map(frame => frame.seq),
    [5, 6, 7, 8, 9, 10],
  )
  const stranger = await gateway.connect('/?since=otherone:4')
  await stranger.until(() => stranger.frames.length >= 2, 'the gap')
  assert.deepEqual(
    [stranger.frames[0]?.type, stranger.frames[1]?.type, stranger.frames[1]?.['reason']],
    ['welcome', 'gap', 'restart'],
  )
  assert.equal(await gateway.stop(), 0)
})

test('a msgpack client gets binary frames and is counted for the encoders', async () => {
  const gateway = await startGateway()
  const client = await gateway.connect('/?format=msgpack')
  gateway.publishTrade()
  await client.until(() => client.frames.length >= 2, 'welcome and trade')
  assert.ok(client.frames.every(frame => frame.type === 'binary'))
  assert.equal(gateway.cell.msgpackClients(), 1)
  client.socket.terminate()
  await client.closed
  await sleep(50)
  assert.equal(gateway.cell.msgpackClients(), 0)
  assert.equal(await gateway.stop(), 0)
})

function stateOf(frame: Frame): string {
  return `${String(frame['of'])} ${String(frame['state'])}`
}

function lastStatus(frames: readonly Frame[]): string {
  const last = frames.findLast(frame => frame['of'] === 'order_book_l2')
  return last === undefined ? '' : stateOf(last)
}

/** Checks that every sequence is delivered, or reported as missed in a gap. */
function sequencesOf(frames: readonly Frame[]): { missing: number; doubles: number; disordered: number } {
  let next = 1
  const result = { missing: 0, doubles: 0, disordered: 0 }
  for (const frame of frames) {
    if (frame.type === 'gap') {
      assert.equal(frame['from'], next)
      assert.equal(frame['missed'], Number(frame['to']) - Number(frame['from']) + 1)
      next = Number(frame['to']) + 1
    } else if (frame.kind === 'trade' && frame.type === undefined) {
      const sequence = frame.seq ?? 0
      if (sequence < next) result.doubles += 1
      if (sequence > next) result.missing += sequence - next
      next = sequence + 1
    }
  }
  return result
}

async function halfHandshake(port: number): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1')
  await new Promise(resolve => socket.once('connect', resolve))
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgr')
  await sleep(20)
  socket.destroy()
}
