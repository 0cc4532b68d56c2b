import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INSTRUMENT_NONE, KIND_NAMES, Kind } from '@tradelane/shared/market/nouns'
import { PRODUCTS } from '@tradelane/venues/registry'
import { createLanes } from './lanes.js'
import { type Environment, readSettings } from './settings.js'
import { gatewayThreads, leadOf, type Topology, threadOf, topologyOf } from './topology.js'

test('by default there is one ingest thread, one gateway, the admin thread and one L2 worker', () => {
  const { threads } = topologyWith({})
  assert.deepEqual(
    threads.map(({ role, index }) => [role, index]),
    [
      ['ingest', 0],
      ['gateway-0', 1],
      ['admin', 2],
      ['l2-0', 3],
    ],
  )
  assert.deepEqual(
    threads.map(({ agents }) => agents),
    [
      [{ kind: 'ingest' }],
      [{ kind: 'gateway', ordinal: 0, merge: 'priority' }],
      [{ kind: 'admin' }],
      [{ kind: 'l2', shard: 0 }],
    ],
  )
})

test('thread indexes are unique and dense, roles unique, for every number of workers and gateways', () => {
  for (let l2Workers = 1; l2Workers <= 16; l2Workers += 1) {
    for (let gateways = 1; gateways <= 4; gateways += 1) {
      const topology = topologyWith({ L2_WORKERS: String(l2Workers), GATEWAYS: String(gateways) })
      const { threads } = topology
      assert.equal(threads.length, 2 + l2Workers + gateways)
      assert.equal(threads[1 + gateways]?.role, 'admin', 'its index stays when the number of L2 workers changes')
      assert.deepEqual(
        threads.map(({ index }) => index),
        threads.map((_, index) => index),
      )
      assert.equal(new Set(threads.map(({ role }) => role)).size, threads.length)
      const own = gatewayThreads(topology)
      assert.deepEqual(
        own,
        threads.slice(1, 1 + gateways).map(({ index }) => index),
      )
      for (let shard = 0; shard < l2Workers; shard += 1) {
        const index = threadOf(topology, agent => agent.kind === 'l2' && agent.shard === shard)
        assert.equal(threads[index]?.role, `l2-${shard}`)
      }
    }
  }
  assert.throws(() => threadOf(topologyWith({}), agent => agent.kind === 'l2' && agent.shard === 1))
})

test('compact puts ingest and the first gateway into one thread; everything else stays apart', () => {
  const { threads } = topologyWith({ TOPOLOGY: 'compact', GATEWAYS: '3', L2_WORKERS: '2' })
  assert.deepEqual(
    threads.map(({ role }) => role),
    ['ingest+gateway-0', 'gateway-1', 'gateway-2', 'admin', 'l2-0', 'l2-1'],
  )
  assert.ok(
    threads.every(({ agents }) => agents.every(agent => agent.kind !== 'gateway' || agent.merge === 'priority')),
  )
})

test('without isolation everything but the admin agent is in one thread, downstream last, and nothing has priority', () => {
  const topology = topologyWith({ ISOLATION: 'off', L2_WORKERS: '3' })
  const [thread, ...others] = topology.threads
  assert.deepEqual(others, [{ role: 'admin', index: 1, agents: [{ kind: 'admin' }] }])
  assert.equal(thread?.role, 'ingest+l2-0+l2-1+l2-2+gateway-0')
  assert.deepEqual(thread?.agents.at(-1), { kind: 'gateway', ordinal: 0, merge: 'fifo' })
  assert.deepEqual(gatewayThreads(topology), [0])
  assert.equal(
    threadOf(topology, agent => agent.kind === 'l2' && agent.shard === 2),
    0,
  )
})

test('a thread follows the rules of its most delicate agent', () => {
  const leads = (env: Environment): unknown => topologyWith(env).threads.map(leadOf)
  assert.deepEqual(leads({}), ['ingest', 'gateway', 'admin', 'l2'])
  assert.deepEqual(leads({ TOPOLOGY: 'compact' }), ['gateway', 'admin', 'l2'])
  assert.deepEqual(leads({ ISOLATION: 'off' }), ['gateway', 'admin'])
})

test('with ADMIN_ADDR=off there is no admin thread', () => {
  for (const env of [{}, { TOPOLOGY: 'compact' }, { ISOLATION: 'off' }]) {
    const { threads } = topologyWith({ ...env, ADMIN_ADDR: 'off' })
    assert.ok(!threads.some(({ role }) => role === 'admin'))
    assert.deepEqual(
      threads.map(({ index }) => index),
      threads.map((_, index) => index),
    )
  }
})

test('a recorder has no gateway, wherever it would be', () => {
  for (const env of [{}, { TOPOLOGY: 'compact' }, { ISOLATION: 'off' }]) {
    const topology = topologyOf({ ...readSettings(env).settings, gateways: 0 })
    assert.deepEqual(gatewayThreads(topology), [])
    assert.ok(threadOf(topology, agent => agent.kind === 'ingest') === 0)
  }
})

test('every instrument with a book is in exactly one shard, and shards differ by at most one', () => {
  for (let l2Workers = 1; l2Workers <= 16; l2Workers += 1) {
    const topology = topologyWith({ L2_WORKERS: String(l2Workers), SUBSCRIPTIONS: '-bybit-linear:order_book_l2' })
    const { shards, subscriptions, shardOfInstrument } = topology
    assert.equal(shards.length, l2Workers)
    const withBook = subscriptions.filter(({ kinds }) => kinds.includes(Kind.orderBookL2))
    assert.ok(withBook.length > 0 && withBook.length < subscriptions.length)
    assert.deepEqual(
      shards.flatMap(({ instruments }) => instruments).sort((a, b) => a - b),
      withBook.map(({ instrument }) => instrument),
    )
    shards.forEach(({ instruments }, shard) => {
      for (const id of instruments) assert.equal(shardOfInstrument[id], shard)
    })
    const sizes = shards.map(({ instruments }) => instruments.length)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
    assert.equal(shardOfInstrument.length, topology.instruments.length)
  }
})

test('instruments are numbered from 0, on every product or on the one named, each once', () => {
  const { instruments, products } = topologyWith({
    INSTRUMENTS: 'btc-usdt,bybit-linear:sol-usdt,BTC-USDT,bybit-linear:btc-usdt',
  })
  assert.equal(instruments.length, PRODUCTS.length + 1)
  assert.deepEqual(
    instruments.map(({ id }) => id),
    instruments.map((_, index) => index),
  )
  const names = instruments.map(({ product, symbol }) => `${products[product]?.id} ${symbol}`)
  assert.equal(new Set(names).size, names.length)
  assert.deepEqual(
    names.filter(name => name.startsWith('bybit-linear')),
    ['bybit-linear BTCUSDT', 'bybit-linear SOLUSDT'],
  )
})

test('by default what terminals expect is subscribed, and books where they key them by venue', () => {
  const { products, instruments, subscriptions } = topologyWith({})
  for (const { instrument, kinds } of subscriptions) {
    const { product } = instruments[instrument] ?? assert.fail()
    const { defaultKinds } = PRODUCTS[product] ?? assert.fail()
    assert.deepEqual([...kinds].sort(), [...defaultKinds].sort())
    const isFutures = products[product]?.marketType !== 'Spot'
    assert.equal(kinds.includes(Kind.orderBookL2), isFutures)
    assert.ok(kinds.includes(Kind.trade))
  }
})

test('subscriptions are changed in the order of the list', () => {
  const kindsOf = (text: string): readonly string[] => {
    const { subscriptions, instruments, products } = topologyWith({ SUBSCRIPTIONS: text })
    const ofProduct = subscriptions.find(({ instrument }) => {
      const { product } = instruments[instrument] ?? assert.fail()
      return products[product]?.id === 'bybit-linear'
    })
    return ofProduct?.kinds.map(kind => KIND_NAMES[kind]) ?? []
  }
  assert.ok(!kindsOf('-bybit-linear:trade').includes('trade'))
  assert.ok(kindsOf('-bybit-linear:trade,bybit-linear:trade').includes('trade'))
  assert.ok(!kindsOf('bybit-linear:trade,-bybit-linear:trade').includes('trade'))
  assert.equal(kindsOf('bybit-linear:trade').filter(kind => kind === 'trade').length, 1)
})

test('each state has a cell: L1, open interest, CVD and subscriptions per instrument, a link per product and kind', () => {
  const { stateCells, instruments, subscriptions, products } = topologyWith({})
  const names = stateCells.map(cell => {
    const subject = cell.instrument === INSTRUMENT_NONE ? 'product' : instruments[cell.instrument]?.symbol
    return `${products[cell.product]?.id} ${subject} ${KIND_NAMES[cell.kind]} ${KIND_NAMES[cell.about]}`
  })
  assert.equal(new Set(names).size, names.length, 'no cell twice')
  const ofFutures = names.filter(name => name.startsWith('binance-futures '))
  const perInstrument = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].flatMap(symbol => [
    ...['order_book_l1', 'open_interest', 'cumulative_volume_delta'].map(
      kind => `binance-futures ${symbol} ${kind} ${kind}`,
    ),
    ...['trade', 'liquidation', 'open_interest', 'order_book_l1'].map(
      kind => `binance-futures ${symbol} subscription ${kind}`,
    ),
  ])
  const links = ['trade', 'liquidation', 'open_interest', 'order_book_l1', 'order_book_l2'].map(
    kind => `binance-futures product link ${kind}`,
  )
  assert.deepEqual(ofFutures.sort(), [...perInstrument, ...links].sort())
  for (const { index } of products) {
    const ofProduct = subscriptions.filter(({ instrument }) => instruments[instrument]?.product === index)
    const kinds = new Set(ofProduct.flatMap(subscription => subscription.kinds))
    const linked = stateCells.filter(cell => cell.kind === Kind.link && cell.product === index)
    assert.deepEqual(linked.map(({ about }) => about).sort(), [...kinds].sort())
  }
})

test('there is no cell for what is not subscribed, and no link of a product without instruments', () => {
  const { stateCells, products } = topologyWith({
    INSTRUMENTS: 'bybit-linear:btc-usdt',
    SUBSCRIPTIONS: '-bybit-linear:trade,-bybit-linear:order_book_l1',
  })
  assert.deepEqual([...new Set(stateCells.map(({ product }) => products[product]?.id))], ['bybit-linear'])
  assert.deepEqual(stateCells.map(({ kind, about }) => `${KIND_NAMES[kind]} ${KIND_NAMES[about]}`).sort(), [
    'link liquidation',
    'link open_interest',
    'link order_book_l2',
    'open_interest open_interest',
    'subscription liquidation',
    'subscription open_interest',
  ])
})

test('lanes can be made for the smallest and the largest of everything', () => {
  const least = { INSTRUMENTS: 'bybit-linear:btc-usdt', SUBSCRIPTIONS: '-bybit-linear:order_book_l2', L2_DEPTH: '1' }
  const small = { ...least, L2_WORKERS: '16', WS_TRADES_BUFFER: '1000', WS_L2_BUFFER: '1000' }
  const large = { L2_WORKERS: '16', GATEWAYS: '4', L2_DEPTH: '200', WS_TRADES_BUFFER: '130048', WS_L2_BUFFER: '131072' }
  for (const env of [small, large]) {
    const { settings } = readSettings(env)
    const lanes = createLanes(settings, topologyOf(settings))
    assert.equal(lanes.depthRings.length, 16)
  }
})

function topologyWith(env: Environment): Topology {
  return topologyOf(readSettings(env).settings)
}
