// Clients take over what changed when it is their turn. The frames must be the same as if every change had been marked for every
// client at once, which is how it is done here for comparison: simple, and too slow for a thousand clients.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoardSet, type Cell, type Lane } from './board-set.js'
import { Dirty } from './change-log.js'
import { DirtyCells } from './dirty-cells.js'
import { SCAN_COPIES_MAX } from './limits.js'
import { PRODUCT, TestLanes } from './test/test-lanes.js'

/** Enough for a scan that takes several parts. */
const INSTRUMENTS = SCAN_COPIES_MAX
const CLIENTS_MAX = 4

const instrument = fc.nat(INSTRUMENTS - 1)
const client = fc.nat(CLIENTS_MAX - 1)
const step = fc.oneof(
  { arbitrary: fc.record({ act: fc.constantFrom('top' as const, 'book' as const), instrument }), weight: 6 },
  fc.record({ act: fc.constant('withhold' as const), instrument }),
  fc.record({ act: fc.constantFrom('allBooks' as const, 'withholdAll' as const, 'join' as const) }),
  fc.record({ act: fc.constant('link' as const), isLive: fc.boolean() }),
  { arbitrary: fc.record({ act: fc.constant('scan' as const) }), weight: 4 },
  fc.record({ act: fc.constant('leave' as const), client }),
  {
    arbitrary: fc.record({ act: fc.constant('pump' as const), client, frames: fc.integer({ min: 1, max: 12 }) }),
    weight: 6,
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Marked by every scan, for every client. */
class PushedCells {
  readonly #boards: BoardSet
  readonly #bits: number[]
  readonly #starts: Record<Lane, number> = { state: 0, book: 0 }
  #balanceBytes = 0

  constructor(boards: BoardSet) {
    this.#boards = boards
    this.#bits = boards.cells.map(
      ({ copy, hasStatus }) => (copy.json.length > 0 ? Dirty.payload : 0) | (hasStatus ? Dirty.status : 0),
    )
  }

  mark(index: number, changes: number): void {
    this.#bits[index]! |= changes
  }

  next(): Cell | undefined {
    const { cells, lanes } = this.#boards
    const status = cells.find(each => this.isStatusDirty(each))
    if (status !== undefined) return status
    const { state, book } = this.#counts()
    if (state + book === 0) return undefined
    const lane: Lane = state > 0 && (book === 0 || this.#balanceBytes <= 0) ? 'state' : 'book'
    const row = lanes[lane].map((_, step) => lanes[lane][(this.#starts[lane] + step) % lanes[lane].length]!)
    return row.find(({ index }) => (this.#bits[index]! & Dirty.payload) !== 0)
  }

  isStatusDirty({ index }: Cell): boolean {
    return (this.#bits[index]! & Dirty.status) !== 0
  }

  clear(cell: Cell, bytes: number): void {
    const { index, lane, laneIndex } = cell
    const isStatus = this.isStatusDirty(cell)
    const { state, book } = this.#counts()
    this.#bits[index]! &= isStatus ? ~Dirty.status : ~Dirty.payload
    if (isStatus || bytes === 0) return
    const change = lane === 'book' ? -bytes : bytes
    this.#balanceBytes = state > 0 && book > 0 ? this.#balanceBytes + change : 0
    this.#starts[lane] = laneIndex + 1
  }

  #counts(): Record<Lane, number> {
    const of = (lane: Lane): number =>
      this.#boards.lanes[lane].filter(({ index }) => (this.#bits[index]! & Dirty.payload) !== 0).length
    return { state: of('state'), book: of('book') }
  }
}

/** One set of boards, and for each client both ways to know what it lacks. */
class Comparison {
  readonly #lanes = new TestLanes({ instrumentCount: INSTRUMENTS })
  readonly #boards = new BoardSet([this.#lanes.stateBoard, this.#lanes.bookBoard], [PRODUCT], this.#lanes.instruments)
  readonly #clients: { readonly pulled: DirtyCells; readonly pushed: PushedCells }[] = []
  #seen = this.#states()
  #version = 0
  frameCount = 0

  apply(one: Step): void {
    const lanes = this.#lanes
    this.#version += 1
    switch (one.act) {
      case 'top':
        lanes.publishTop(one.instrument, this.#version)
        break
      case 'book':
        lanes.publishBook(one.instrument, this.#version)
        break
      case 'withhold':
        lanes.withholdBook(one.instrument)
        break
      case 'allBooks':
        for (const index of lanes.instruments.keys()) lanes.publishBook(index, this.#version)
        break
      case 'withholdAll':
        for (const index of lanes.instruments.keys()) lanes.withholdBook(index)
        break
      case 'link':
        lanes.setLink(one.isLive)
        break
      case 'scan':
        this.#scan()
        break
      case 'join':
        this.#join()
        break
      case 'leave':
        this.#clients.splice(one.client, 1)
        break
      case 'pump':
        this.#pump(one.client, one.frames)
    }
  }

  /** Until every client has everything. */
  finish(): void {
    while (this.#boards.hasChanged()) this.#scan()
    for (const index of this.#clients.keys()) {
      this.#pump(index, Number.POSITIVE_INFINITY)
      assert.ok(this.#clients[index]!.pulled.isEmpty)
    }
  }

  #join(): void {
    if (this.#clients.length === CLIENTS_MAX) return
    this.#clients.push({ pulled: new DirtyCells(this.#boards), pushed: new PushedCells(this.#boards) })
  }

  #scan(): void {
    this.#boards.scan()
    const states = this.#states()
    for (const [index, { version, status, hasPayload, hasStatus }] of states.entries()) {
      const last = this.#seen[index]!
      const changes = (hasPayload ? Dirty.payload : 0) | (hasStatus && status !== last.status ? Dirty.status : 0)
      if (version !== last.version) for (const { pushed } of this.#clients) pushed.mark(index, changes)
    }
    this.#seen = states
  }

  #states() {
    return this.#boards.cells.map(({ copy, hasStatus }) => ({
      version: copy.version,
      status: `${copy.status} ${copy.reason} ${copy.sinceUs}`,
      hasPayload: copy.json.length > 0,
      hasStatus,
    }))
  }

  #pump(index: number, frames: number): void {
    const client = this.#clients[index]
    if (client === undefined) return
    const { pulled, pushed } = client
    pulled.takeOver()
    for (let frame = 0; frame < frames; frame += 1) {
      const cell = pulled.next()
      assert.equal(cell?.index, pushed.next()?.index)
      if (cell === undefined) return
      const isStatus = pulled.isStatusDirty(cell)
      assert.equal(isStatus, pushed.isStatusDirty(cell))
      const bytes = isStatus ? 300 : cell.copy.json.length
      pulled.clear(cell, bytes)
      pushed.clear(cell, bytes)
      this.frameCount += 1
    }
  }
}

test('in every order of changes, joins and pumps each client is sent the same frames as if each change were marked at once', () => {
  let frameCount = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), steps => {
      const comparison = new Comparison()
      comparison.apply({ act: 'join' })
      for (const one of steps) comparison.apply(one)
      comparison.finish()
      frameCount += comparison.frameCount
    }),
    { numRuns: 100 },
  )
  assert.ok(frameCount > 2_000, `${frameCount} frames compared`)
})
