// Builds the agent of one shard from its task: attaches to the ring and the board, finds each instrument's depth protocol.
// Used by the worker entry, and by the one thread of all agents with ISOLATION=off.

import { BoardWriter } from '@tradelane/shared/lanes/board'
import { DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { Kind } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { L2Task, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { productById } from '@tradelane/venues/registry'
import { BookPublisher } from './book-publisher.js'
import { type BookSettings, L2Agent } from './l2-agent.js'

export function startL2(task: L2Task, log: Log): L2Agent {
  const counters = new Counters(task.counters, task.threadIndex)
  const clock = new Clock(task.clock)
  const gateways = task.gatewayThreads.map(threadIndex => new ThreadCell(task.control, threadIndex))
  const books = bookSettings(task)
  const board = new BoardWriter(task.bookBoard, gateways)
  const publisher = new BookPublisher({
    board,
    cells: task.shardInstruments.map(id => board.find(Kind.orderBookL2, id)),
    clock,
    counters,
    wires: books.map(book => new InstrumentWire(book.instrument)),
    depthLevels: task.depthLevels,
    gateways,
  })
  publisher.withholdAll()
  return new L2Agent({
    role: task.role,
    ring: new DepthRingConsumer(task.depthRing),
    publisher,
    counters,
    clock,
    log: new RateLimitedLog(log),
    nowMs: () => performance.now(),
    books,
    depthLevels: task.depthLevels,
    requestResync: request => task.supervisorPort.postMessage(request satisfies ThreadToSupervisor),
  })
}

function bookSettings(task: L2Task): BookSettings[] {
  return task.shardInstruments.map((id, index) => {
    const instrument = task.instruments.find(candidate => candidate.id === id)
    const label = task.products.find(product => product.index === instrument?.product)
    const product = label && productById(label.id)
    if (instrument === undefined || product === undefined) throw new Error(`no product has the instrument ${id}`)
    const needsFactor = task.sizeUnits === 'base' && product.hasContracts === true
    return { instrument, depth: product.depth, needsFactor, throttleMs: task.throttleMs[index] ?? 0 }
  })
}
