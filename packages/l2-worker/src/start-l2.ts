// Builds the agent of one shard from its task: attaches to the ring and the board, finds each instrument's depth protocol.
// `startL2` gives it the real clock; it is used by the worker entry, and by the one thread of all agents with ISOLATION=off.

import { BoardWriter } from '@tradelane/shared/lanes/board'
import { DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { Kind, type MonotonicUs } from '@tradelane/shared/market/nouns'
import { Clock, monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { L2Task, ResyncRequest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { productById } from '@tradelane/venues/registry'
import { BookPublisher } from './book-publisher.js'
import { type BookSettings, L2Agent } from './l2-agent.js'

/** What a shard takes from its surroundings; a test passes its own and runs in virtual time. */
export interface L2Parts {
  readonly log: Log
  readonly nowUs: () => MonotonicUs
  readonly requestResync: (request: ResyncRequest) => void
}

export function startL2(task: L2Task, log: Log): L2Agent {
  const { supervisorPort } = task
  const requestResync = (request: ResyncRequest): void =>
    supervisorPort.postMessage(request satisfies ThreadToSupervisor)
  return newL2Agent(task, { log, nowUs: monotonicUs, requestResync })
}

export function newL2Agent(task: Omit<L2Task, 'supervisorPort'>, parts: L2Parts): L2Agent {
  const { nowUs, requestResync } = parts
  const counters = new Counters(task.counters, task.threadIndex)
  const clock = new Clock(task.clock)
  const gateways = task.gatewayThreads.map(threadIndex => new ThreadCell(task.control, threadIndex))
  const books = bookSettings(task)
  const board = new BoardWriter(task.bookBoard, gateways)
  const publisher = new BookPublisher({
    board,
    cells: task.shardInstruments.map(id => board.find(Kind.orderBookL2, id)),
    clock,
    nowUs,
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
    log: new RateLimitedLog(parts.log, { nowMs: () => nowUs() / 1_000 }),
    nowUs,
    books,
    depthLevels: task.depthLevels,
    requestResync,
  })
}

function bookSettings(task: Omit<L2Task, 'supervisorPort'>): BookSettings[] {
  return task.shardInstruments.map((id, index) => {
    const instrument = task.instruments.find(candidate => candidate.id === id)
    const label = task.products.find(product => product.index === instrument?.product)
    const product = label && productById(label.id)
    if (instrument === undefined || product === undefined)
      throw new Error(`unknown instrument ${id}; expected one of a known product`)
    const needsFactor = task.sizeUnits === 'base' && product.hasContracts === true
    return { instrument, depth: product.depth, needsFactor, throttleMs: task.throttleMs[index] ?? 0 }
  })
}
