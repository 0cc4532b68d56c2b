import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SupervisedFixture, settle, supervised, TestTimers } from './test/supervised-fixture.js'
import { ThreadSet } from './thread-set.js'
import type { AgentSpec, ThreadSpec } from './topology.js'

const INGEST: AgentSpec = { kind: 'ingest' }
const GATEWAY: AgentSpec = { kind: 'gateway', ordinal: 0, merge: 'priority' }

test('threads are found by the agent whose rules they follow, and a shard only where it has its own thread', () => {
  const { set, fixtures } = setOf([INGEST], [GATEWAY], [l2(0)], [l2(1)], [{ kind: 'admin' }])
  assert.equal(set.size, 5)
  assert.equal(set.admin, fixtures[4]?.thread)
  assert.equal(set.ingest, fixtures[0]?.thread)
  assert.deepEqual(
    set.ledBy('l2').map(({ thread }) => thread),
    [fixtures[2]?.thread, fixtures[3]?.thread],
  )
  assert.equal(set.l2(1), fixtures[3]?.thread)
  const shared = setOf([INGEST, l2(0), GATEWAY]).set
  assert.equal(shared.ledBy('gateway').length, 1)
  assert.equal(shared.ingest, [...shared][0]?.thread)
  assert.equal(shared.l2(0), undefined)
  assert.equal(shared.admin, undefined)
})

test('a start ends when all of them run, when it is cut short, or after its limit', async () => {
  for (const end of ['running', 'cut', 'limit'] as const) {
    const { set, fixtures, timers } = setOf([l2(0)], [l2(1)], [GATEWAY])
    let cut = (): void => {}
    const until = new Promise<void>(resolve => {
      cut = resolve
    })
    let isEnded = false
    const started = set.start('l2', until, 1_000).finally(() => {
      isEnded = true
    })
    assert.deepEqual(
      fixtures.map(({ launches }) => launches.all.length),
      [1, 1, 0],
    )
    fixtures[0]?.launches.last().send({ type: 'running' })
    timers.advance(999)
    await settle()
    assert.equal(isEnded, false)
    if (end === 'running') fixtures[1]?.launches.last().send({ type: 'running' })
    else if (end === 'cut') cut()
    else timers.advance(1)
    assert.equal(await started, end === 'running')
  }
})

test('a thread that ignores its stop flag is terminated after the limit, and reported before', async () => {
  const { set, fixtures } = setOf([l2(0)], [l2(1)])
  await set.start('l2', Promise.resolve())
  const [good, stuck] = fixtures as [SupervisedFixture, SupervisedFixture]
  const reported: string[] = []
  const stopped = set.stop('l2', 2_000, role => {
    assert.equal(stuck.launches.last().terminations, 0)
    reported.push(role)
  })
  await good.launches.last().exit(null)
  stuck.timers.advance(2_000)
  await stopped
  assert.deepEqual(reported, ['thread-1'])
  assert.deepEqual([good.launches.last().terminations, stuck.launches.last().terminations], [0, 1])
})

test('one thread per index and role; a successor is added only after its predecessor has exited', async () => {
  const { set, fixtures } = setOf([l2(0)], [l2(1)])
  const fixture = supervised()
  const successor = { thread: fixture.thread, spec: specOf([l2(0)], 0) }
  assert.throws(() => set.add(successor), /one thread per index and role/)
  assert.throws(() => set.remove([successor]), /only threads of this set/)
  await set.start('l2', Promise.resolve())
  const [old] = set.ledBy('l2')
  assert.ok(old)
  assert.throws(() => set.remove([old]), /only after its predecessor has exited/)
  await fixtures[0]?.launches.last().exit(null)
  set.remove([old])
  set.add(successor)
  assert.equal(set.l2(0), fixture.thread)
})

interface SetFixture {
  readonly set: ThreadSet
  readonly fixtures: readonly SupervisedFixture[]
  readonly timers: TestTimers
}

function setOf(...threads: readonly (readonly AgentSpec[])[]): SetFixture {
  const timers = new TestTimers()
  const set = new ThreadSet(timers)
  const fixtures = threads.map((agents, index) => {
    const fixture = supervised({ role: `thread-${index}` })
    set.add({ thread: fixture.thread, spec: specOf(agents, index) })
    return fixture
  })
  return { set, fixtures, timers }
}

function specOf(agents: readonly AgentSpec[], index: number): ThreadSpec {
  return { role: `thread-${index}`, index, agents }
}

function l2(shard: number): AgentSpec {
  return { kind: 'l2', shard }
}
