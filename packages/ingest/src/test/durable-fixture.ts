// A durable connection to a scripted venue, and everything that its receiver was called with. Used by this package's tests.

import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { StatusReason } from '@tradelane/shared/market/nouns'
import { systemTimers, type Timers } from '@tradelane/shared/thread/timers'
import type { FrameHead } from '@tradelane/venues/frame-class'
import type { ConnectionLimits } from '@tradelane/venues/venue'
import { ConnectionFactory } from '../connection/connection-factory.js'
import type { ConnectionReceiver } from '../connection/connection-receiver.js'
import { DurableConnection } from '../connection/durable-connection.js'
import { OVERLAP_MS } from '../limits.js'
import { connectionSetup, planOf, type Wanted } from './connection-fixture.js'
import { RecordedLog, until } from './recorded-log.js'
import { type ScriptedPeer, ScriptedVenue } from './scripted-venue.js'
import { TestLanes } from './test-lanes.js'

interface FixtureOptions {
  readonly lifetimeMs?: number
  readonly limits?: Partial<ConnectionLimits>
  /** Instead of `OVERLAP_MS`. */
  readonly overlapMs?: number
}

export class DurableFixture implements ConnectionReceiver {
  readonly venue: ScriptedVenue
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  /** `up`, `up seamless`, `settled`, `7` for trade 7, `down`. */
  readonly events: string[] = []
  readonly durable: DurableConnection
  reason: StatusReason | undefined
  aheadMs = 0

  constructor(venue: ScriptedVenue, wanted: Wanted, options: FixtureOptions = {}) {
    this.venue = venue
    const nowMs = (): number => performance.now() + this.aheadMs
    const { limits = {}, lifetimeMs = null, overlapMs = OVERLAP_MS } = options
    const timers: Timers = {
      ...systemTimers,
      setTimeout: (callback, ms) => systemTimers.setTimeout(callback, ms === OVERLAP_MS ? overlapMs : ms),
    }
    const all = { ...wanted, endpoint: venue.ws, limits }
    const factory = new ConnectionFactory(connectionSetup(all, this.lanes, this.log, { nowMs, timers }))
    this.durable = new DurableConnection({ factory, feed: wanted.feed, plan: planOf(all), receiver: this, lifetimeMs })
  }

  /** With a venue that answers each request by `answer`. */
  static async open(
    wanted: Wanted,
    answer: (text: string) => string | null,
    options: FixtureOptions = {},
  ): Promise<DurableFixture> {
    const venue = await ScriptedVenue.open()
    venue.onPeer = peer => {
      peer.answer = answer
    }
    const fixture = new DurableFixture(venue, wanted, options)
    after(async () => {
      fixture.durable.close()
      await venue.close()
    })
    fixture.durable.open()
    return fixture
  }

  static async settled(
    wanted: Wanted,
    answer: (text: string) => string | null,
    options: FixtureOptions = {},
  ): Promise<DurableFixture> {
    const fixture = await DurableFixture.open(wanted, answer, options)
    await until('it is settled', () => fixture.events.includes('settled'))
    return fixture
  }

  get trades(): number[] {
    return this.events.filter(event => /^\d+$/.test(event)).map(Number)
  }

  get transitions(): string[] {
    return this.events.filter(event => !/^\d+$/.test(event))
  }

  /** The venue announces its shutdown: another connection is opened beside the one in use. */
  async successor(): Promise<ScriptedPeer> {
    this.peerAt(0).send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_790_000_000_000 } })
    const successor = await this.venue.peerCount(2)
    await until('it subscribed', () => successor.texts.length === 1)
    return successor
  }

  peerAt(index: number): ScriptedPeer {
    return this.venue.peers[index] as ScriptedPeer
  }

  onUp(isSeamless: boolean): void {
    this.events.push(isSeamless ? 'up seamless' : 'up')
  }

  onSettled(): void {
    this.events.push('settled')
  }

  onFrame(frame: Buffer, head: FrameHead): void {
    assert.notEqual(head.instrument, undefined)
    const { data } = JSON.parse(frame.toString())
    this.events.push(String(data.u ?? data.a ?? data[0].i))
  }

  onDown(reason: StatusReason): void {
    this.reason = reason
    this.events.push('down')
  }
}
