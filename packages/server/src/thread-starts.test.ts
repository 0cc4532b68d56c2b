import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdminStart, GatewayStart, L2Start } from '@tradelane/shared/thread/thread-messages'
import { VENUES } from '@tradelane/venues/registry'
import { type Environment, readSettings } from './settings.js'
import { startOptionsOf } from './test/start-options.js'
import type { ThreadEntry } from './thread-launch.js'
import { naiveStartOf, type StartOptions, threadEntryOf, type WorkerStart } from './thread-starts.js'
import type { Topology } from './topology.js'

test('a thread with one agent runs the worker of its package, one with several the worker of this one', () => {
  const filesOf = (env: Environment): string[] =>
    started(env).entries.map(({ file }) => file.pathname.replace(/.*\/packages\//, ''))
  assert.deepEqual(filesOf({ L2_WORKERS: '2' }), [
    'ingest/dist/worker.js',
    'gateway/dist/worker.js',
    'admin/dist/worker.js',
    'l2-worker/dist/worker.js',
    'l2-worker/dist/worker.js',
  ])
  assert.deepEqual(filesOf({ TOPOLOGY: 'compact' }), [
    'server/dist/worker.js',
    'admin/dist/worker.js',
    'l2-worker/dist/worker.js',
  ])
  const { entries } = started({ ISOLATION: 'off', L2_WORKERS: '2' })
  const { agents } = (entries[0] ?? assert.fail()).start as WorkerStart
  assert.deepEqual(
    agents.map(({ kind }) => kind),
    ['ingest', 'l2', 'l2', 'gateway'],
  )
})

test('only a thread without a gateway has a limit of its old generation', () => {
  const limits = started({ TOPOLOGY: 'compact' }).entries.map(entry => entry.heapLimits.maxOldGenerationSizeMb)
  assert.deepEqual(limits, [undefined, 128, 1_024])
})

test('the admin thread gets every lane, the names of all threads, and the names that requests may use', () => {
  const env = { ADMIN_ADDR: '10.0.0.5:0', ADMIN_HOSTS: 'trade.example', L2_WORKERS: '2', GATEWAYS: '2' }
  const { entries } = started(env)
  const start = entries.find(({ start: { role } }) => role === 'admin')?.start as AdminStart
  assert.deepEqual(start.hostNames, ['10.0.0.5', 'trade.example'])
  assert.deepEqual([start.host, start.port, start.threadIndex], ['10.0.0.5', 0, 3])
  assert.deepEqual([start.ingestThread, start.gatewayThreads], [0, [1, 2]])
  assert.deepEqual(
    start.threads.map(({ role, index }) => `${index} ${role}`),
    ['0 ingest', '1 gateway-0', '2 gateway-1', '3 admin', '4 l2-0', '5 l2-1'],
  )
  assert.equal(start.depthRings.length, 2)
  for (const lane of ['tradeLog', 'stateBoard', 'bookBoard'] as const) assert.ok(start[lane].byteLength > 0)
})

test('each book has the throttle of its venue', () => {
  const throttles = Object.keys(VENUES).map((venue, index) => [venue, 11 * (index + 1)] as const)
  const settings = throttles.map(([venue, ms]) => [`L2_THROTTLE_${venue.toUpperCase()}_MS`, String(ms)])
  const expected: Record<string, number> = Object.fromEntries(throttles)
  const { topology, entries } = started({ ...Object.fromEntries(settings), L2_WORKERS: '3' })
  const books = entries.flatMap(({ start }) => ('books' in start ? (start as L2Start).books : []))
  assert.deepEqual(
    books.map(({ instrument }) => instrument).sort((left, right) => left - right),
    topology.shards.flatMap(({ instruments }) => instruments).sort((left, right) => left - right),
  )
  for (const { instrument, throttleMs } of books) {
    const venue = topology.products[topology.instruments[instrument]?.product ?? -1]?.venue ?? ''
    assert.equal(throttleMs, expected[venue], venue)
  }
})

test('an address may have as many clients as there may be, until that is set', () => {
  for (const [env, expected] of [
    [{}, [2_000, 2_000]],
    [{ CLIENTS_MAX: '7' }, [7, 7]],
    [{ CLIENTS_MAX: '7', CLIENTS_PER_IP_MAX: '3' }, [7, 3]],
  ] as const) {
    const start = started({ ...env, GATEWAYS: '2' }).entries[2]?.start as GatewayStart
    assert.deepEqual([start.gateway, start.clientsMax, start.clientsPerIpMax], [1, ...expected])
  }
})

test('the naive socket of a demo has the port behind the admin port, so that the next process has the same', () => {
  for (const [env, naivePort, port, isPortKnown] of [
    [{}, null, 9_003, false],
    [{ ADMIN_ADDR: '127.0.0.1:7000' }, null, 7_001, false],
    [{ ADMIN_ADDR: '127.0.0.1:0' }, null, 0, false],
    [{ ADMIN_ADDR: '127.0.0.1:65535' }, null, 0, false],
    [{}, 12_345, 12_345, true],
  ] as const) {
    const { options } = started(env)
    const start = naiveStartOf({ ...options, settings: { ...options.settings, hasNaiveSocket: true }, naivePort })
    assert.deepEqual([start.port, start.isPortKnown], [port, isPortKnown])
  }
})

function started(env: Environment): { options: StartOptions; topology: Topology; entries: readonly ThreadEntry[] } {
  const { settings } = readSettings({ WS_L2_BUFFER: '1000', ...env })
  const options = startOptionsOf(settings)
  const { topology } = options
  return { options, topology, entries: topology.threads.map(thread => threadEntryOf(options, thread)) }
}
