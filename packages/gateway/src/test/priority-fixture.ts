// Watches every cork of every client of a `MergeFixture` and judges the order of sends by what was published before that cork
// began. Used by the property tests of trade priority.

import assert from 'node:assert/strict'
import { BATCH_RECORDS_MAX, STARVED_MS_MAX } from '../limits.js'
import { MergeFixture } from './merge-fixture.js'
import type { TestClient } from './test-client.js'

interface Watched {
  readonly client: TestClient
  /** By cork: the newest trade when it began, and the turn. */
  readonly publishedAt: number[]
  readonly turnOf: number[]
}

export class PriorityFixture extends MergeFixture {
  turnCount = 0
  /** Turns in which trades waited for a client's slice. */
  readonly starvedTurns: number[] = []
  readonly #watched: Watched[] = []
  readonly #fullMs: number[] = []
  #lastRead = 0
  #quietMs = this.nowMs

  watch(query = ''): TestClient {
    const client = this.join(query)
    const watched: Watched = { client, publishedAt: [], turnOf: [] }
    client.onCork = () => {
      watched.publishedAt[client.corkCount] = this.newest
      watched.turnOf[client.corkCount] = this.turnCount
    }
    this.#watched.push(watched)
    return client
  }

  turn(): number {
    this.turnCount += 1
    const newest = this.newest
    const isFull = newest > this.#lastRead
    this.#lastRead = Math.min(newest, this.#lastRead + BATCH_RECORDS_MAX)
    this.#fullMs[this.turnCount] = isFull ? this.nowMs - this.#quietMs : 0
    const startMs = this.nowMs
    const workCount = this.merge.doWork()
    if (!isFull && this.newest === newest) this.#quietMs = startMs
    return workCount
  }

  /**
   * Asserts that no client was sent state or a book while it lacked a trade that was published before that cork began. The
   * exception is one slice of one client per turn after 100 ms of turns full of trades.
   */
  judge(): void {
    for (const watched of this.#watched) this.#judgeOne(watched)
    this.starvedTurns.sort((a, b) => a - b)
    for (const [index, turn] of this.starvedTurns.entries()) {
      assert.notEqual(turn, this.starvedTurns[index - 1], 'one slice per turn while trades wait')
      assert.ok(this.#fullMs[turn]! >= STARVED_MS_MAX, `a book went before a trade after ${this.#fullMs[turn]} ms`)
    }
  }

  #judgeOne({ client, publishedAt, turnOf }: Watched): void {
    let delivered = 0
    let lastStarvedCork = 0
    for (const frame of client.frames) {
      if (frame.type === 'welcome') delivered = frame.seq
      else if (frame.type === 'gap') delivered = frame.to ?? delivered
      else if (frame.kind === 'trade' && frame.type === undefined) delivered = frame.seq
      else {
        assert.ok(frame.cork > 0, 'state and books are sent in corks')
        if (delivered >= publishedAt[frame.cork]! || frame.cork === lastStarvedCork) continue
        lastStarvedCork = frame.cork
        this.starvedTurns.push(turnOf[frame.cork]!)
      }
    }
  }
}
