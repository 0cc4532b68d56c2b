// Threads that several agents share, under the real supervisor, on venues that do not answer.

import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { after, test } from 'node:test'
import { DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { connect, inTime, statusOf, stopped, supervisorWith, until, WITHOUT_ADMIN } from './test/supervisor-fixture.js'
import { settledThreadCount, skipWithoutProc, threadCountAtRest } from './test/thread-count.js'

const warnings: Error[] = []
process.on('warning', warning => warnings.push(warning))
after(() => assert.deepEqual(warnings, [], 'no leaked listeners'))

const PLACEMENTS = [
  { ISOLATION: 'off', L2_WORKERS: '2' },
  { TOPOLOGY: 'compact' },
  { TOPOLOGY: 'compact', GATEWAYS: '3' },
]

for (const env of PLACEMENTS) {
  const name = JSON.stringify(env)

  test(`${name} serves, beats, closes its clients and leaves nothing behind, twice`, {
    skip: skipWithoutProc,
  }, async () => {
    const atRest = await threadCountAtRest()
    for (let round = 0; round < 2; round += 1) {
      const { supervisor, topology, lanes } = supervisorWith(env)
      const port = await supervisor.start()
      assert.equal(await statusOf(port, '/healthz'), 200)
      assert.equal(await statusOf(port, '/readyz'), 503)
      const adminPort = await inTime(supervisor.adminListening, 5_000, 'the admin pages')
      assert.equal(await statusOf(adminPort, '/healthz'), 200)
      const client = await connect(port)
      await client.until(frames => frames.some(frame => frame.type === 'welcome'), 'the welcome')
      for (const { index, role } of topology.threads) {
        const cell = new ThreadCell(lanes.control, index)
        const beats = cell.heartbeat()
        await until(() => cell.heartbeat() > beats, `${role} beats`, 2_000)
      }
      await stopped(supervisor)
      assert.equal(await client.closeCode, 1001)
      await assert.rejects(statusOf(port, '/healthz'))
    }
    assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
  })

  test(`${name}: a port in use is reported`, async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { supervisor } = supervisorWith({ ...env, WS_ADDR: `127.0.0.1:${port}` })
    void supervisor.start()
    assert.equal((await inTime(supervisor.failed, 5_000, 'it fails')).code, 'ERR_PORT_IN_USE')
    await stopped(supervisor)
    await new Promise(resolve => server.close(resolve))
  })
}

test('one thread of everything that throws closes its port, is started again on it, and the process lives', async () => {
  const { supervisor, lanes, lines } = supervisorWith({ ISOLATION: 'off', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  for (let round = 1; round <= 2; round += 1) {
    const client = await connect(port)
    // The agent's assertion that it alone reads its ring ends the thread.
    new DepthRingConsumer(lanes.depthRings[0] as SharedArrayBuffer)
    await inTime(client.closeCode, 3_000, 'the client is cut off')
    await until(() => lines.filter(line => line.message === 'thread restarted').length === round, 'it runs', 15_000)
    assert.equal(await statusOf(port, '/healthz'), 200)
  }
  assert.deepEqual(
    lines.filter(line => line.message === 'thread exited, restarting').map(line => line.thread),
    Array(2).fill('ingest+l2-0+gateway-0'),
  )
  await stopped(supervisor)
})

test('a thread that a gateway shares is never terminated', async () => {
  const { supervisor, lines } = supervisorWith({ ISOLATION: 'off', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  assert.deepEqual(supervisor.shards, [])
  supervisor.killL2(0)
  assert.equal(await statusOf(port, '/healthz'), 200)
  await stopped(supervisor)
  assert.ok(!lines.some(line => line.message.startsWith('thread exited')))
})
