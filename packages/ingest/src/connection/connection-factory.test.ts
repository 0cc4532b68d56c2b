import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINANCE_TRADES, connectionSetup, planOf } from '../test/connection-fixture.js'
import { RecordedLog } from '../test/recorded-log.js'
import { TestLanes } from '../test/test-lanes.js'
import { ConnectBudget } from './connect-budget.js'
import type { ConnectionOptions } from './connection.js'
import { ConnectionFactory } from './connection-factory.js'
import type { OpenSocket } from './socket.js'

const OPTIONS = { ...BINANCE_TRADES, endpoint: 'ws://venue' }
const CONNECTION: ConnectionOptions = {
  feed: 'trade',
  plan: planOf(OPTIONS),
  receiver: { onFrame: () => assert.fail() },
  onChange: () => undefined,
}

test('each connection takes a grant of the budget, and its socket is opened at the path of its plan', () => {
  const opened: string[] = []
  const openSocket: OpenSocket = (url, { isPausable }) => {
    opened.push(`${url} ${isPausable}`)
    return { send: () => undefined, pause: () => undefined, resume: () => undefined, terminate: () => undefined }
  }
  const setup = connectionSetup(OPTIONS, new TestLanes(), new RecordedLog(), () => 1_000)
  const timers = { ...setup.environment.timers, setInterval: () => ({}) }
  const environment = { ...setup.environment, openSocket, timers }
  const budget = new ConnectBudget({ connectCount: 1, connectWindowMs: 500 })
  const factory = new ConnectionFactory({ ...setup, environment }, budget)
  assert.throws(() => factory.connect(CONNECTION), /with a grant/)
  assert.equal(factory.takeGrant(), 0)
  assert.equal(factory.takeGrant(), 500)
  factory.connect(CONNECTION)
  assert.deepEqual(opened, ['ws://venue/market/stream false'])
  assert.throws(() => factory.connect(CONNECTION), /with a grant/)
})
