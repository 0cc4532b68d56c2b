import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '@tradelane/shared/thread/log'
import type { SupervisorToThread } from '@tradelane/shared/thread/thread-messages'
import type { SupervisedThread } from './supervised-thread.js'
import { ThreadMail, type ThreadMailOptions } from './thread-mail.js'
import type { AgentSpec, ThreadSpec } from './topology.js'

const GATEWAY = specOf(2, { kind: 'gateway', ordinal: 1, merge: 'priority' })
const ADMIN = specOf(3, { kind: 'admin' })
const LATE = { type: 'late-trades', worst: [], worstArrivals: [] } as const

test('late trades of a gateway reach the admin thread with the thread that they come from, or nobody where there is none', () => {
  const { mail, posted } = newMail()
  mail.accept(LATE, GATEWAY)
  assert.deepEqual(posted, [{ ...LATE, thread: 2 }])
  newMail({ threads: { ingest: undefined, admin: undefined } }).mail.accept(LATE, GATEWAY)
  assert.throws(() => mail.accept(LATE, ADMIN), /only gateways report late trades/)
})

test('the port of the admin pages and that of the gateways are told apart', () => {
  const { mail, events } = newMail()
  mail.accept({ type: 'running', port: 9_001 }, GATEWAY)
  mail.accept({ type: 'running' }, ADMIN)
  mail.accept({ type: 'admin-listening', port: 9_002 }, ADMIN)
  assert.deepEqual(events, ['port 9001', 'admin port 9002'])
})

test('the process ends for what a gateway cannot do, never for the admin thread', () => {
  const { mail, events } = newMail()
  const fatal = { type: 'fatal', code: 'ERR_PORT_IN_USE', message: 'in use' } as const
  mail.accept(fatal, GATEWAY)
  assert.deepEqual(events, ['fatal ERR_PORT_IN_USE'])
  assert.throws(() => mail.accept(fatal, ADMIN), /can do without its admin thread/)
})

function newMail(more: Partial<ThreadMailOptions> = {}) {
  const posted: SupervisorToThread[] = []
  const events: string[] = []
  const admin = { post: (message: SupervisorToThread) => posted.push(message) } as unknown as SupervisedThread
  const silent = (): void => {}
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent }
  const mail = new ThreadMail({
    threads: { ingest: undefined, admin },
    log,
    onPort: port => events.push(`port ${port}`),
    onAdminPort: port => events.push(`admin port ${port}`),
    onFatal: ({ code }) => events.push(`fatal ${code}`),
    onRecorded: undefined,
    ...more,
  })
  return { mail, posted, events }
}

function specOf(index: number, agent: AgentSpec): ThreadSpec {
  return { role: agent.kind, index, agents: [agent] }
}
