import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINANCE_TRADES, connectionSetup, planOf } from '../test/connection-fixture.js'
import { RecordedLog } from '../test/recorded-log.js'
import { TestLanes } from '../test/test-lanes.js'
import type { ConnectionOptions } from './connection.js'
import { ConnectionFactory } from './connection-factory.js'
import type { OpenSocket, SocketEvents } from './socket.js'

const OPTIONS = { ...BINANCE_TRADES, endpoint: 'ws://venue' }
const CONNECTION: ConnectionOptions = {
  feed: 'trade',
  plan: planOf(OPTIONS),
  receiver: { onFrame: () => assert.fail() },
  onChange: () => undefined,
}

test('a socket is opened at the path of its plan, and the host learns how its handshake ended', () => {
  const opened: string[] = []
  const events: SocketEvents[] = []
  const openSocket: OpenSocket = (url, options) => {
    opened.push(`${url} ${options.isPausable}`)
    events.push(options.events)
    const nothing = (): void => undefined
    return { send: nothing, ping: nothing, pause: nothing, resume: nothing, terminate: nothing }
  }
  const lanes = new TestLanes()
  const log = new RecordedLog()
  const setup = connectionSetup(OPTIONS, lanes, log, { nowMs: () => 1_000 })
  const timers = { ...setup.environment.timers, setInterval: () => ({}) }
  const factory = new ConnectionFactory({ ...setup, environment: { ...setup.environment, openSocket, timers } })
  const open = (): void => void factory.connect(CONNECTION)
  factory.request('trade', open)
  assert.deepEqual(opened, ['ws://venue/market/stream false'])
  const cancel = factory.request('trade', open)
  assert.equal(opened.length, 1, 'the first finds out whether the venue answers')
  events[0]?.onClosed('refused', { status: 429, retryAfterMs: 60_000 })
  assert.equal(opened.length, 1, 'the host is left alone')
  assert.ok(log.has(/the venue refuses, waiting.*binance-futures connections too-often/))
  cancel()
})
