// Resumes across restarts of the threads that write and read the trade log: real gateway thread, real sockets. The memory of
// the lanes outlives both, so stream and sequence continue.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, freePort, type GatewayUnderTest, startGateway } from './test/gateway-fixture.js'
import { STREAM } from './test/test-lanes.js'

test('a client that resumes after a restart of the gateway misses nothing and gets nothing twice', async () => {
  const gateway = await startOnPort()
  const before = await gateway.connect()
  publish(gateway, 100)
  await before.until(() => lastOf(before) === 100, 'the trades before')
  const restarted = gateway.restartGateways()
  assert.equal(await before.closed, 1001)
  publish(gateway, 50)
  await restarted
  publish(gateway, 50)
  const after = await gateway.connect(`/?since=${STREAM}:${lastOf(before)}`)
  publish(gateway, 50)
  await after.until(() => lastOf(after) === 250, 'the trades after')
  assert.deepEqual([...sequencesOf(before), ...sequencesOf(after)], upTo(1, 250))
  assert.ok(after.frames.every(frame => frame.type !== 'gap'))
  assert.equal(await gateway.stop(), 0)
})

test('clients do not notice a restart of ingest, and resume across it', async () => {
  const gateway = await startOnPort()
  const live = await gateway.connect()
  publish(gateway, 100)
  gateway.restartIngest()
  publish(gateway, 100)
  await live.until(() => lastOf(live) === 200, 'all trades')
  assert.deepEqual(sequencesOf(live), upTo(1, 200))
  const resumed = await gateway.connect(`/?since=${STREAM}:90`)
  await resumed.until(() => lastOf(resumed) === 200, 'the replay')
  assert.deepEqual(sequencesOf(resumed), upTo(91, 200))
  assert.ok([...live.frames, ...resumed.frames].every(frame => frame.type !== 'gap'))
  assert.equal(await gateway.stop(), 0)
})

test('a client that resumes too late gets a gap with exactly what the log no longer has, also after both restarted', async () => {
  const RETAINED = 100
  const gateway = await startOnPort(RETAINED)
  const before = await gateway.connect()
  publish(gateway, 10)
  await before.until(() => lastOf(before) === 10, 'the trades before')
  gateway.restartIngest()
  publish(gateway, RETAINED + 5)
  await gateway.restartGateways()
  const after = await gateway.connect(`/?since=${STREAM}:10`)
  await after.until(() => lastOf(after) === 115, 'the trades that are left')
  const gaps = after.frames.filter(frame => frame.type === 'gap')
  assert.deepEqual(
    gaps.map(({ reason, from, to, missed }) => ({ reason, from, to, missed })),
    [{ reason: 'overrun', from: 11, to: 15, missed: 5 }],
  )
  assert.deepEqual(sequencesOf(after), upTo(16, 115))
  // The first client may miss some too, if its gateway woke only after they were overwritten. It was sent as many in a gap.
  const missedBefore = before.frames.reduce((sum, { type, missed }) => sum + (type === 'gap' ? Number(missed) : 0), 0)
  assert.equal(gateway.counters().recordsMissed, 5 + missedBefore)
  assert.equal(await gateway.stop(), 0)
})

async function startOnPort(retained = 1_000): Promise<GatewayUnderTest> {
  return startGateway({ retained, port: await freePort() })
}

function publish(gateway: GatewayUnderTest, count: number): void {
  for (let done = 0; done < count; done += 1) gateway.publishTrade()
}

function sequencesOf(client: Client): (number | undefined)[] {
  return client.of('trade').map(frame => frame.seq)
}

function lastOf(client: Client): number | undefined {
  return client.of('trade').at(-1)?.seq
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
