// All threads of a gateway process, in this process, on venues that do not answer.

import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { after, test } from 'node:test'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus, Kind, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import { BLOCKS_OFFSET, SLOTS_OFFSET } from '@tradelane/shared/thread/admission-layout'
import { countClients } from '@tradelane/shared/thread/client-counts'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import { productById } from '@tradelane/venues/registry'
import type { Lanes } from './lanes.js'
import { plantLiveBooks } from './test/planted-books.js'
import {
  connect,
  inTime,
  restartsIn,
  sleep,
  statusOf,
  stopped,
  supervisorWith,
  until,
  WITHOUT_ADMIN,
} from './test/supervisor-fixture.js'
import { settledThreadCount, skipWithoutProc, threadCountAtRest } from './test/thread-count.js'
import { gatewayThreads, type Topology } from './topology.js'

const warnings: Error[] = []
process.on('warning', warning => warnings.push(warning))
after(() => assert.deepEqual(warnings, [], 'no leaked listeners'))

test('with venues that are down it serves, is healthy and not ready, and stops without a trace', {
  skip: skipWithoutProc,
}, async () => {
  const atRest = await threadCountAtRest()
  const { supervisor, topology, lanes } = supervisorWith({ L2_WORKERS: '2' })
  const port = await supervisor.start()
  assert.ok(port > 0)
  const adminPort = await inTime(supervisor.adminListening, 5_000, 'the admin pages')
  const threadIds = topology.threads.map(({ index }) => new ThreadCell(lanes.control, index).threadId())
  assert.equal(new Set(threadIds.filter(id => id > 0)).size, topology.threads.length, `${threadIds}`)
  assert.equal(await statusOf(port, '/healthz'), 200)
  assert.equal(await statusOf(port, '/readyz'), 503)
  assert.equal(await statusOf(adminPort, '/healthz'), 200)
  assert.equal(await statusOf(adminPort, '/readyz'), 503)
  const client = await connect(port)
  await client.until(frames => frames.some(frame => frame.type === 'welcome'), 'the welcome')
  await stopped(supervisor)
  assert.equal(await client.closeCode, 1001)
  for (const closed of [port, adminPort]) await assert.rejects(statusOf(closed, '/healthz'))
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

test('books of a killed L2 worker are withheld at once, and the worker is back within two seconds', {
  skip: skipWithoutProc,
}, async () => {
  const atRest = await threadCountAtRest()
  const { supervisor, topology, lanes, lines } = supervisorWith({ L2_WORKERS: '2', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  const client = await connect(port)
  // What ingest reports to the workers about venues that are down must not follow what this test plants. Products with contracts
  // are not connected before their list is known: nothing is reported of them.
  const before = new BoardReader(lanes.bookBoard)
  const reported = before.copies.filter((_, cell) => !hasContracts(topology, before.cells[cell]?.product))
  const areReported = (): boolean => {
    before.scan([])
    return reported.every(({ reason }) => reason === StatusReason.disconnected)
  }
  for (let round = 1; round <= 3; round += 1) {
    await until(areReported, 'venues that are down', 10_000)
    plantLiveBooks(lanes.bookBoard)
    const reader = new BoardReader(lanes.bookBoard)
    const isOfShard = reader.cells.map(({ instrument }) => topology.shardOfInstrument[instrument] === 1)
    const copies = reader.copies.filter((_, cell) => isOfShard[cell])
    const others = reader.copies.filter((_, cell) => !isOfShard[cell])
    reader.scan([])
    assert.ok(reader.copies.every(copy => copy.status === CellStatus.live))
    supervisor.killL2(1)
    const isWithheld = (): boolean => {
      reader.scan([])
      return copies.every(({ status, reason }) => status === CellStatus.stale && reason === StatusReason.workerRestart)
    }
    await until(isWithheld, 'its books withheld', 1_000)
    assert.ok(copies.every(copy => copy.json.length === 0))
    assert.ok(
      others.every(copy => copy.status === CellStatus.live),
      'books of the other worker stay',
    )
    await until(() => restartsIn(lines).length === round, 'the worker', 2_000)
  }
  assert.deepEqual([...new Set(restartsIn(lines))], ['l2-1'], 'the other worker kept running')
  const isStatus = (frame: { reason?: string }): boolean => frame.reason === 'worker_restart'
  await client.until(frames => frames.some(isStatus), 'the status')
  assert.equal(await statusOf(port, '/healthz'), 200)
  await stopped(supervisor)
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

test('while ingest is dead links are down and books withheld; clients stay, and it comes back', async () => {
  const { supervisor, topology, lanes, lines } = supervisorWith({ L2_WORKERS: '2', ...WITHOUT_ADMIN })
  const client = await connect(await supervisor.start())
  const [books, states] = [new BoardReader(lanes.bookBoard), new BoardReader(lanes.stateBoard)]
  // Its predecessor could not have written them: the list of contracts is unknown.
  const contracts = topology.products.map(({ index }) => index).filter(index => hasContracts(topology, index))
  const links = states.copies.filter((_, cell) => {
    const { kind, product } = states.cells[cell] ?? assert.fail()
    return kind === Kind.link && contracts.includes(product)
  })
  assert.ok(links.length > 0)
  plantLiveBooks(lanes.bookBoard, StatusReason.disconnected)
  publishLinksLive(lanes, contracts)
  supervisor.killIngest()
  await until(
    () => {
      for (const reader of [books, states]) reader.scan([])
      return [...books.copies, ...links].every(({ status }) => status !== CellStatus.live)
    },
    'links down and books withheld',
    3_000,
  )
  assert.ok(books.copies.every(({ reason, json }) => reason === StatusReason.disconnected && json.length === 0))
  assert.ok(links.every(({ status, reason }) => status === CellStatus.down && reason === StatusReason.workerRestart))
  await until(() => restartsIn(lines).length === 1, 'ingest', 10_000)
  assert.deepEqual(restartsIn(lines), ['ingest'], 'the others kept running')
  await client.until(frames => frames.some(({ reason }) => reason === 'disconnected'), 'the status')
  await stopped(supervisor)
  assert.equal(await client.closeCode, 1001)
})

for (const delayMs of [0, 5, 30, 60, 120]) {
  test(`stopped ${delayMs} ms into its start, it starts no further thread`, { skip: skipWithoutProc }, async () => {
    const atRest = await threadCountAtRest()
    const { supervisor } = supervisorWith({ GATEWAYS: delayMs === 5 ? '2' : '1' })
    const started = supervisor.start()
    await sleep(delayMs)
    await stopped(supervisor)
    await inTime(started, 100, 'the start ends')
    assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
  })
}

test('stopped while an L2 worker exits or waits for its restart, it stops', async () => {
  for (const delayMs of [0, 50]) {
    const { supervisor } = supervisorWith(WITHOUT_ADMIN)
    await supervisor.start()
    supervisor.killL2(0)
    await sleep(delayMs)
    const first = stopped(supervisor)
    await Promise.all([first, stopped(supervisor)])
  }
})

for (const gateways of ['1', '2']) {
  test(`with ${gateways} gateway(s), a port that a plain server has is reported by its number`, async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await assertPortInUse(port, gateways)
    await new Promise(resolve => server.close(resolve))
  })

  test(`with ${gateways} gateway(s), a port that another Tradelane has is not shared with it`, async () => {
    const other = supervisorWith({ GATEWAYS: gateways, ...WITHOUT_ADMIN })
    const port = await other.supervisor.start()
    for (const ours of ['1', '2']) await assertPortInUse(port, ours)
    assert.equal(await statusOf(port, '/healthz'), 200)
    await stopped(other.supervisor)
  })
}

test('a gateway heap that is nearly full is logged; a full one ends the process in order', async () => {
  const { supervisor, topology, lanes, lines } = supervisorWith(WITHOUT_ADMIN)
  await supervisor.start()
  const cell = new ThreadCell(lanes.control, gatewayThreads(topology)[0] as number)
  await until(() => cell.heap().limitBytes > 0, 'its own count', 3_000)
  assert.ok(cell.heap().usedBytes > 1e6 && cell.heap().usedBytes < cell.heap().limitBytes)
  // The thread reports again every second, so the test repeats its own value.
  await until(
    () => {
      cell.setHeap(85, 100)
      return lines.some(({ message }) => message === 'gateway heap nearly full')
    },
    'the warning',
    3_000,
  )
  let fatal: string | undefined
  void supervisor.failed.then(({ code }) => {
    fatal = code
  })
  await until(
    () => {
      cell.setHeap(95, 100)
      return fatal === 'ERR_HEAP_FULL'
    },
    'the end',
    3_000,
  )
  await stopped(supervisor)
})

test('a gateway that ends by a fault leaves no count of clients behind, and listens again', async () => {
  const { supervisor, lanes, lines } = supervisorWith({ CLIENTS_MAX: '3', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  const clients = await Promise.all(Array.from({ length: 3 }, () => connect(port)))
  await assert.rejects(connect(port), /503/)
  // Its next client that leaves was never counted: an assertion ends the thread.
  plantUncountedClients(lanes.admission)
  clients[0]?.leave()
  await until(() => lines.some(({ message }) => message === 'thread exited, restarting'), 'the exit', 5_000)
  assert.deepEqual([countClients(lanes.admission), new PortGate(lanes.admission).isListening], [0, false])
  await until(() => restartsIn(lines).length === 1, 'the restart', 5_000)
  await Promise.all(Array.from({ length: 3 }, () => connect(port)))
  assert.equal(countClients(lanes.admission), 3)
  await stopped(supervisor)
  assert.equal(countClients(lanes.admission), 0)
})

test('several gateways share one port, a free one too', async () => {
  const { supervisor } = supervisorWith({ GATEWAYS: '3', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  const clients = await Promise.all(Array.from({ length: 30 }, () => connect(port)))
  for (const client of clients) await client.until(([first]) => first?.type === 'welcome', 'the welcome')
  await stopped(supervisor)
  for (const client of clients) assert.equal(await client.closeCode, 1001)
})

async function assertPortInUse(port: number, gateways: string): Promise<void> {
  const { supervisor } = supervisorWith({ WS_ADDR: `127.0.0.1:${port}`, GATEWAYS: gateways })
  void supervisor.start()
  const { code, message } = await inTime(supervisor.failed, 5_000, 'it fails')
  assert.equal(code, 'ERR_PORT_IN_USE')
  assert.match(message, new RegExp(`127\\.0\\.0\\.1:${port} cannot be opened`))
  await stopped(supervisor)
}

/** Only of `products`: ingest writes the links of the others, and a cell has one writer. */
function publishLinksLive({ stateBoard }: Lanes, products: readonly ProductIndex[]): void {
  const writer = new BoardWriter(stateBoard, [])
  const header = { status: CellStatus.live, reason: StatusReason.connected, sinceUs: 1, receivedUs: 0, venueUs: 0 }
  for (const [cell, { kind, product }] of writer.cells.entries()) {
    if (kind === Kind.link && products.includes(product)) writer.publish(cell, { ...header, sequence: 0 }, null, null)
  }
}

function hasContracts({ products }: Topology, index: ProductIndex | undefined): boolean {
  return productById(products.find(each => each.index === index)?.id ?? '')?.hasContracts === true
}

/** Of the only gateway: the clients of each address are forgotten, their total stays. */
function plantUncountedClients(admission: SharedArrayBuffer): void {
  new Int32Array(admission, BLOCKS_OFFSET + SLOTS_OFFSET).fill(0)
}
