// A port that another program has, on real sockets and in virtual time.

import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { PORT_RETRY_MS } from '../limits.js'
import { AdminUnderTest, until } from '../test/admin-fixture.js'

const MINUTES = 5

test('a port in use is one line, tried again each minute, and served when it is free', async t => {
  const other = await listening()
  const { port } = other.address() as AddressInfo
  const admin = new AdminUnderTest(t, { port })
  await until(() => admin.lines.length === 1, 'the line')
  const [line = ''] = admin.lines
  assert.match(line, new RegExp(`^warn admin port cannot be opened, .*ADMIN_ADDR.*"port":${port},.*EADDRINUSE`))
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    admin.pass(PORT_RETRY_MS - 1)
    assert.equal(admin.timers.pendingCount, 1, 'it waits for its next try')
    admin.pass(1)
    await until(() => admin.timers.pendingCount === 1, 'the try has failed')
  }
  assert.equal(admin.lines.length, 1)
  await new Promise(resolve => other.close(resolve))
  admin.pass(PORT_RETRY_MS)
  await until(() => admin.ports.length === 1, 'it listens')
  assert.deepEqual(admin.ports, [port])
  assert.match(admin.lines[1] ?? '', /^info admin port opened /)
  assert.equal((await admin.request('/healthz')).status, 200)
})

for (const [about, more, reason] of [
  ['that is not of this machine', { host: '192.0.2.1', port: 0 }, 'EADDRNOTAVAIL'],
  ['that has no name', { host: 'no-such-host.invalid', port: 0 }, 'ENOTFOUND|EAI_AGAIN'],
] as const) {
  test(`an address ${about} is one line, too, and tried again`, async t => {
    const admin = new AdminUnderTest(t, more)
    await until(() => admin.lines.length === 1, 'the line', 20_000)
    assert.match(admin.lines[0] ?? '', new RegExp(`^warn admin port cannot be opened, .*(${reason})`))
    assert.equal(admin.timers.pendingCount, 1)
  })
}

test('an agent that is closed while it waits for its port tries no more', async t => {
  const other = await listening()
  const admin = new AdminUnderTest(t, { port: (other.address() as AddressInfo).port })
  await until(() => admin.lines.length === 1, 'the line')
  admin.agent.close()
  assert.equal(admin.timers.pendingCount, 0)
  await new Promise(resolve => other.close(resolve))
})

async function listening(): Promise<Server> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
