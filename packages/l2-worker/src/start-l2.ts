// Builds the agent of one shard in its thread: attaches to the ring and the board, finds each instrument's depth protocol.
// Used by the L2 worker's own thread and by one that several agents share.

import type { MessagePort } from 'node:worker_threads'
import { BoardWriter } from '@tradelane/shared/lanes/board'
import { DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { Clock, monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import type { L2Start, ResyncRequest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { productById } from '@tradelane/venues/registry'
import { BookPublisher } from './book-publisher.js'
import { type BookSettings, L2Agent } from './l2-agent.js'

/** What the agent takes from outside its thread; with another one it runs in virtual time. */
export interface L2Environment {
  readonly log: Log
  readonly nowUs: () => MonotonicUs
  readonly requestResync: (request: ResyncRequest) => void
}

export function startL2(start: L2Start, supervisor: MessagePort): L2Agent {
  return newL2Agent(start, {
    log: new PortLog(supervisor),
    nowUs: monotonicUs,
    requestResync: request => supervisor.postMessage(request satisfies ThreadToSupervisor),
  })
}

export function newL2Agent(start: L2Start, { log, nowUs, requestResync }: L2Environment): L2Agent {
  const counters = new Counters(start.counters, start.threadIndex)
  const clock = new Clock(start.clock, nowUs)
  const gateways = start.gatewayThreads.map(threadIndex => new ThreadCell(start.control, threadIndex))
  const books = bookSettings(start)
  const publisher = new BookPublisher({
    start,
    board: new BoardWriter(start.bookBoard, gateways),
    clock,
    nowUs,
    counters,
    wires: books.map(book => new InstrumentWire(book.instrument)),
    gateways,
  })
  publisher.withholdAll()
  return new L2Agent({
    ring: new DepthRingConsumer(start.depthRing),
    publisher,
    counters,
    log: new RateLimitedLog(log, { nowMs: () => nowUs() / 1_000 }),
    nowUs,
    books,
    depthLevels: start.depthLevels,
    requestResync,
  })
}

function bookSettings(start: L2Start): BookSettings[] {
  return start.books.map(({ instrument: id }) => {
    const instrument = start.instruments.find(candidate => candidate.id === id)
    const label = start.products.find(product => product.index === instrument?.product)
    const product = label && productById(label.id)
    if (instrument === undefined || product === undefined) throw new Error(`no product has the instrument ${id}`)
    const needsFactor = start.sizeUnits === 'base' && product.hasContracts === true
    return { instrument, depth: product.depth, needsFactor }
  })
}
