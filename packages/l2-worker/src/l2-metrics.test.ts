// The event of each counter of an L2 worker: on the book of one instrument, on the agent of a shard in virtual time, and on the
// publisher of books.

import assert from 'node:assert/strict'
import { BoardWriter, createBoard } from '@tradelane/shared/lanes/board'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { Kind } from '@tradelane/shared/market/nouns'
import { Clock, monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters, readCounters } from '@tradelane/shared/thread/counters'
import { type MetricEvent, proveRows } from '@tradelane/shared/thread/test/metric-proof'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { BookPublisher } from './book-publisher.js'
import { BEHIND_MS_MAX, HELD_LEVELS_MAX, LEVELS_PER_SIDE_MAX, RECORDS_PER_TURN_MAX } from './limits.js'
import { BookHarness, LEVEL_COUNT } from './test/book-fixture.js'
import { newShardStart } from './test/shard-start.js'
import { DIALECTS, type Level } from './test/true-market.js'
import { VirtualShard } from './test/virtual-shard.js'

const { linkUp, stream } = DepthRecordKind

type Happen = MetricEvent<'l2'>['happen']

const CROSSING: Level = ['900000.0', '1.000']
const FUTURES = DIALECTS.indexOf('binance-futures')
/** As many as a frame may have. */
const LEVELS_PER_FRAME = 10_000

proveRows('l2', {
  depthRecords: {
    what: 'a connection of a book comes',
    raises: { depthRecords: 1 },
    alongside: ['levelsKept'],
    happen: onShard(shard => shard.give(0, linkUp, Buffer.alloc(0))),
  },
  depthFramesMalformed: {
    what: 'a delta is cut off',
    raises: { depthFramesMalformed: 1 },
    happen: onBook(book => book.give(stream, book.market.deltaFrame(book.market.step()).subarray(0, 80))),
  },
  contractValuesMissing: {
    what: 'a connection comes without the value of a contract that sizes in base need',
    raises: { contractValuesMissing: 1 },
    happen: onBook(
      book => book.give(linkUp),
      () => new BookHarness('okx-swap', 1, undefined, true),
    ),
  },
  bookGaps: {
    what: 'a delta is missing',
    raises: { bookGaps: 1 },
    happen: onBook(book => {
      book.market.step()
      book.giveDelta()
    }),
  },
  bookLosses: {
    what: 'a frame found no room in the ring, which shows before the next record and again with it',
    raises: { bookLosses: 1 },
    happen: onBook(book => {
      book.lossCount += 1
      book.pass(1).giveDelta()
    }),
  },
  bookResyncs: {
    what: 'a new connection of a book that is snapshotted by REST brings its first delta',
    raises: { bookResyncs: 1 },
    happen: onBook(
      book => book.giveDelta().pass(1),
      () => new BookHarness('binance-futures', 1).give(linkUp),
    ),
  },
  booksOutOfDepth: {
    what: 'fewer levels of a snapshot are left than are shown',
    raises: { booksOutOfDepth: 1 },
    happen: onBook(
      book => book.give(stream, book.market.deltaFrame(book.market.clear())),
      () => liveBook(LEVEL_COUNT + 1),
    ),
  },
  booksCrossed: {
    what: 'a bid above every ask comes',
    raises: { booksCrossed: 1 },
    happen: onBook(book => book.give(stream, book.market.deltaFrame({ ...book.market.step(), bids: [CROSSING] }))),
  },
  booksPublished: {
    what: 'a book is shown',
    raises: { booksPublished: 1 },
    happen: onPublisher(16_384),
  },
  booksTooLarge: {
    what: 'a book does not fit its cell',
    raises: { booksTooLarge: 1 },
    happen: onPublisher(512),
  },
  levelsKept: {
    what: 'the first books come',
    raises: {},
    alongside: ['levelsKept', 'depthRecords', 'booksPublished', 'bookResyncs', 'heldDeltas'],
    happen: onNewShard(shard => {
      shard.link()
      shard.stepAll()
    }),
  },
  levelsDropped: {
    what: 'three more bids come than a side can have',
    raises: { levelsDropped: 3 },
    happen: onBook(book => {
      const { market } = book
      const bidCount = book.book.sides.bids.count
      const bids = Array.from({ length: LEVELS_PER_SIDE_MAX - bidCount + 3 }, (_, rank) => bidBelow(rank))
      book.give(stream, market.deltaFrame({ ...market.step(), bids, asks: [] }))
    }),
  },
  heldDeltas: {
    what: 'a delta comes before the snapshot of its book, which does not come',
    raises: { heldDeltas: 1, depthRecords: 2, bookResyncs: 1 },
    happen: onNewShard(shard => {
      shard.onResync = () => {}
      shard.give(FUTURES, linkUp, Buffer.alloc(0))
      const market = shard.markets[FUTURES] ?? assert.fail('no market')
      shard.give(FUTURES, stream, market.deltaFrame(market.step()))
    }),
  },
  heldDeltasDropped: {
    what: 'deltas with more levels come before their snapshot than can be held',
    raises: { heldDeltasDropped: 1 },
    happen: onBook(
      book => {
        const { market } = book
        const bids = Array<Level>(LEVELS_PER_FRAME).fill(CROSSING)
        for (let held = 0; held <= HELD_LEVELS_MAX; held += LEVELS_PER_FRAME)
          book.give(stream, market.deltaFrame({ ...market.step(), bids }))
      },
      () => new BookHarness('binance-futures', 1).give(linkUp),
    ),
  },
  fellBehind: {
    what: 'frames have waited in the ring for longer than the limit, and one turn does not read them all',
    raises: { fellBehind: 1, depthRecords: RECORDS_PER_TURN_MAX },
    alongside: ['levelsKept'],
    happen: onShard(shard => {
      for (let step = 0; step < RECORDS_PER_TURN_MAX; step += 1) shard.stepAll()
      shard.nowUs += (BEHIND_MS_MAX + 1) * 1_000
    }),
  },
})

/** The agent takes one turn after the event. */
function onShard(event: (shard: VirtualShard) => void): Happen {
  return begins => {
    const shard = new VirtualShard(7)
    shard.link()
    shard.stepAll()
    shard.pass(1_000)
    assert.ok(shard.isCurrent())
    begins(() => shard.counters())
    event(shard)
    shard.agent.doWork()
  }
}

/** Without books; a second passes after the event. */
function onNewShard(event: (shard: VirtualShard) => void): Happen {
  return begins => {
    const shard = new VirtualShard(7)
    shard.pass(100)
    begins(() => shard.counters())
    event(shard)
    shard.pass(1_000)
  }
}

function onBook(event: (book: BookHarness) => void, newBook: () => BookHarness = liveBook): Happen {
  return begins => {
    const book = newBook()
    begins(() => readCounters(book.counters))
    event(book)
  }
}

function liveBook(snapshotLevelsMax?: number): BookHarness {
  const harness = new BookHarness('binance-futures', 1, snapshotLevelsMax)
  harness.give(linkUp).giveDelta().pass(1).answer()
  assert.ok(harness.book.isLive)
  return harness
}

/** A live book is published, and its cell has this many bytes. */
function onPublisher(cellBytes: number): Happen {
  return begins => {
    const start = newShardStart()
    const cells = start.instruments.map(({ id, product }) => ({
      kind: Kind.orderBookL2,
      about: Kind.orderBookL2,
      instrument: id,
      product,
    }))
    const publisher = new BookPublisher({
      start: { ...start, depthLevels: LEVEL_COUNT },
      board: new BoardWriter(createBoard(cells, cellBytes), []),
      clock: new Clock(start.clock),
      nowUs: monotonicUs,
      counters: new Counters(start.counters, 0),
      wires: start.instruments.map(instrument => new InstrumentWire(instrument)),
      gateways: [],
    })
    begins(() => readCounters(start.counters))
    publisher.publishLive(liveBook().book)
  }
}

/** Far below every bid of a market. */
function bidBelow(rank: number): Level {
  return [`1.${String(rank).padStart(4, '0')}`, '1.000']
}
