import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { pause, type RunningSimulator, runSimulator, VenueSocket } from '../test/venue-client.js'

const TRADES = 'binance-futures/market/ws/btcusdt@aggTrade/btcusdt@forceOrder'
const LEAD_AND_SLACK_MS = 400

test('trades come from a process of their own, on time and as the journal has them, and a cut ends their connection', async t => {
  const running = await runSimulator(t, { hasSender: true, products: ['binance-futures'] })
  const { base, simulator } = running
  const trades = await VenueSocket.open(t, `ws://${base}/${TRADES}`)
  // Its frames are of two kinds, so one writer keeps their order: the simulator's own loop.
  const mixed = await VenueSocket.open(t, `ws://${base}/binance-spot/stream`).catch(() => undefined)
  assert.equal(mixed, undefined)
  const both = await VenueSocket.open(t, `ws://${base}/binance-futures/ws/btcusdt@trade/btcusdt@bookTicker`)
  trades.send({ method: 'LIST_SUBSCRIPTIONS', id: 5 })
  await trades.until(() => trades.frames.filter(({ e }) => e === 'aggTrade').length > 30)
  await both.find(({ e }) => e === 'trade')
  assert.equal(trades.frames.find(({ id }) => id === 5).result.length, 2)
  await checkAgainstJournal(running, trades)
  assert.ok(simulator.stats().tradeLateness.count > 30)
  await fetch(`http://${base}/control/cut?product=binance-futures&feed=trade`, { method: 'POST' })
  assert.equal(await trades.closed(), 1006)
})

test('without its sender the simulator sends trades itself, and every trade is in the journal', async t => {
  const messages: string[] = []
  const running = await runSimulator(t, {
    hasSender: true,
    products: ['binance-futures'],
    log: message => messages.push(message),
  })
  const first = await VenueSocket.open(t, `ws://${running.base}/${TRADES}`)
  await first.find(({ e }) => e === 'aggTrade')
  process.kill(senderPid(), 'SIGKILL')
  assert.equal(await first.closed(), 1006)
  const second = await VenueSocket.open(t, `ws://${running.base}/${TRADES}`)
  await second.until(() => second.frames.filter(({ e }) => e === 'aggTrade').length > 5)
  await pause(LEAD_AND_SLACK_MS)
  await checkAgainstJournal(running, second)
  assert.match(messages.join(), /process that sends trades ended/)
})

test('a new subscriber misses nothing that is due after its subscription', async t => {
  const running = await runSimulator(t, { hasSender: true, products: ['binance-futures'], tradeRate: 500 })
  // One is served by the sender, the other by the simulator itself.
  const paths = [TRADES, 'binance-futures/ws/btcusdt@trade/btcusdt@bookTicker']
  for (const [index, path] of paths.entries()) {
    const socket = await VenueSocket.open(t, `ws://${running.base}/${path}`)
    const openedUs = Number(process.hrtime.bigint() / 1_000n)
    const isTrade = ({ e }: { e: string }): boolean => e === (index === 0 ? 'aggTrade' : 'trade')
    await socket.until(() => socket.frames.filter(isTrade).length > 30)
    const first = socket.frames.find(isTrade)
    const lines = (await running.journal()).filter(([kind, , symbol]) => kind === 'T' && symbol === 'BTCUSDT')
    const since = lines.filter(([, , , , scheduledUs]) => Number(scheduledUs) > openedUs)
    const ids = since.map(([, , , id]) => Number(id))
    const received = new Set(socket.frames.filter(isTrade).map(({ a, t: fill }) => a ?? fill))
    assert.ok(received.has(first.a ?? first.t) && ids.length > 10)
    const newest = Math.max(...received)
    // The journal has fills and aggregate trades, whose ids differ.
    const expected = ids.filter(id => id <= newest && id >= Math.min(...received) - 1_000)
    assert.deepEqual(
      expected.filter(id => !received.has(id)),
      [],
    )
  }
})

async function checkAgainstJournal({ journal }: RunningSimulator, { frames }: VenueSocket): Promise<void> {
  const received = frames.filter(({ e }) => e === 'aggTrade').map(({ a }) => a as number)
  const lines = (await journal()).filter(([kind, , symbol]) => kind === 'T' && symbol === 'BTCUSDT')
  const byId = new Map(lines.map(line => [Number(line[3]), line]))
  for (const [index, id] of received.entries()) {
    assert.equal(id, received[0]! + index, 'in order, none missing')
    const [, , , , scheduledUs, sentUs] = byId.get(id) ?? []
    assert.ok(Number(sentUs) >= Number(scheduledUs), `trade ${id} is in the journal`)
  }
}

/** The only child of the test's own process. */
function senderPid(): number {
  const pids = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  const [line] = pids.split('\n').filter(each => each.includes('sender-process'))
  return Number(line?.trim().split(' ')[0])
}
