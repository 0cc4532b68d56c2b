// Judges by data whether a subject is silent: by its own history (`ages.ts`), by its siblings (`siblings.ts`), by the venue's own
// heartbeat. Its neighbours are the other instruments on its connection. Pure: the caller provides the time.
//
//   heartbeat   the venue sends something after so much quiet: longer than that is silence, whatever the market does
//   siblings    its siblings go on without it for three times as long as they ever did, with three times the arrivals. How long
//               it was silent before they went on does not count: then the market was quiet, or the instrument halted. Tops and
//               books also with six times the arrivals alone: venues that repeat tops do so while nothing moves, for as long as that is
//   history     silent for four times its longest interval. Not so where its siblings have slowed down as much: then the market
//               is slow. While its neighbours go on, only the time counts for which its siblings do too: else the instrument is halted
//   first       no frame since its connection is up, while its siblings had many arrivals. Tops and books only: trades may be
//               rare. As long as its own intervals are not known, many trades prove it later too: each changes tops and books

import assert from 'node:assert/strict'
import { type InstrumentId, Kind } from '@tradelane/shared/market/nouns'
import { Ages } from './ages.js'
import type { Sibling } from './siblings.js'
import { mustMove, newSubject, type Subject, SubjectGroups, type SubjectOptions } from './silence-subject.js'

export type SilenceCause = 'heartbeat' | 'siblings' | 'history' | 'first'

export interface SilenceEvents {
  onSilent(subject: number, cause: SilenceCause, ageUs: number): void
  /** It is heard again. */
  onHeard(subject: number): void
}

/** Takes the frames that are of no subject, so that a caller reports all alike. Never judged. */
export const NO_SUBJECT = 0
/** No history alone proves a silence that is shorter. */
export const HISTORY_US_MIN = 12_000_000
/** Nor do siblings. */
export const SIBLINGS_US_MIN = 5_000_000
const HISTORY_FACTOR = 4
const SIBLINGS_FACTOR = 3
/** The market is slow while its siblings had not more than so many times the arrivals that they ever had meanwhile. */
const SLOW_FACTOR = 2
/** What must move with its siblings is silent after so many times their proving arrivals, however long they ever went on. */
const OVERWHELMING_FACTOR = 2
/** Arrivals of siblings that prove anything. */
const SIBLING_COUNT_MIN = 20
/** Before its intervals are known: arrivals of siblings by which a frame must have come, and the time that it has at least. */
const UNLEARNED_SIBLING_COUNT_MIN = 100
const UNLEARNED_US_MIN = 15_000_000
/** A heartbeat may be late by a quarter of its interval, and by this much. */
const HEARTBEAT_LATE_US = 7_000_000
/** A connection goes on when something came within this, or within twice its longest interval. */
const ALIVE_US = 2_000_000

export class SilenceJudge {
  readonly #ages = new Ages()
  readonly #subjects: Subject[] = []
  readonly #groups = new SubjectGroups()
  readonly #events: SilenceEvents

  constructor(events: SilenceEvents) {
    this.#events = events
    const first = this.add({ connection: Number.NaN, of: null, heartbeatUs: null })
    assert(first === NO_SUBJECT, 'the first subject is none that a caller adds')
  }

  add(options: SubjectOptions): number {
    const id = this.#ages.add()
    const subject = newSubject(id, options, this.#ages)
    assert(this.#subjects.length === id, 'subjects count up')
    this.#subjects.push(subject)
    this.#groups.join(subject)
    return id
  }

  /** Something of this subject came. */
  heard(subject: number, us: number): void {
    this.#ages.heard(subject, us)
  }

  /** NaN: not since its connection is up. */
  heardUs(subject: number): number {
    return this.#ages.heardUs(subject)
  }

  /** Since when it has an age: when it was last heard, or when its connection came up. NaN before the first connection. */
  agedSinceUs(subject: number): number {
    const heardUs = this.heardUs(subject)
    return Number.isNaN(heardUs) ? this.#subjects[subject]!.startedUs : heardUs
  }

  isSilent(subject: number): boolean {
    return !Number.isNaN(this.#subjects[subject]!.longestUs)
  }

  /** Ages start again, and nothing is silent: the connection is another one, or we did not read. Null: of all connections. */
  restart(connection: number | null, nowUs: number): void {
    const subjects = connection === null ? this.#subjects : this.#groups.ofConnection(connection)
    for (const subject of subjects) this.#restart(subject, nowUs)
  }

  /** While it does not trade nothing is expected of it, and nothing learned. Its first trade ends that too. */
  setHalted(instrument: InstrumentId, isHalted: boolean, nowUs: number): void {
    for (const subject of this.#groups.ofInstrument(instrument)) {
      this.#restart(subject, nowUs)
      subject.isHalted = isHalted
    }
  }

  /** Another connection carries its subjects without a gap. */
  handedOver(connection: number, nowUs: number): void {
    for (const subject of this.#groups.ofConnection(connection)) subject.handedOverUs = nowUs
  }

  /** The connection is closed for good: its subjects are not judged any more, and no subject has them as siblings. */
  drop(connection: number): void {
    for (const subject of this.#groups.ofConnection(connection)) this.dropSubject(subject.id)
    this.#groups.forget(connection)
  }

  dropSubject(id: number): void {
    const subject = this.#subjects[id]!
    if (this.isSilent(id)) this.#end(subject, 0)
    this.#ages.restart(id)
    subject.isDropped = true
    this.#groups.leave(subject)
  }

  /** To be called about once a second. */
  look(nowUs: number): void {
    for (const subject of this.#subjects) {
      if (subject.id === NO_SUBJECT || subject.isDropped) continue
      if (this.#ages.count(subject.id) !== subject.seenCount) this.#advanced(subject, nowUs)
      else {
        subject.siblings.look(nowUs)
        if (!this.isSilent(subject.id) && !subject.isHalted) this.#judge(subject, nowUs)
      }
    }
  }

  #restart(subject: Subject, nowUs: number): void {
    if (this.isSilent(subject.id)) this.#end(subject, 0)
    this.#ages.restart(subject.id)
    subject.startedUs = nowUs
    this.#seen(subject)
  }

  #seen(subject: Subject): void {
    subject.siblings.meet()
    subject.seenCount = this.#ages.count(subject.id)
  }

  #advanced(subject: Subject, nowUs: number): void {
    const { id, siblings } = subject
    if (subject.isHalted) {
      // Orders are cancelled in a halt, and statistics sent. Only a trade proves that it is over.
      this.#restart(subject, nowUs)
      const { of } = subject.options
      if (of?.kind === Kind.trade) this.setHalted(of.instrument, false, nowUs)
      return
    }
    if (this.isSilent(id)) {
      // What its new connection was silent for is the market's; so is all of it, where the old one went on. What came first may
      // have been held until the handover.
      const ofNextUs = Math.max(0, this.#ages.heardUs(id) - subject.handedOverUs)
      const isOfNext = subject.handedOverUs > Number.NEGATIVE_INFINITY
      const genuineUs = isOfNext ? ofNextUs : this.#ages.newestLongestUs(id)
      // They may have been quiet with it for most of that, as while the instrument is halted.
      siblings.learnAloneFor(genuineUs, nowUs)
      this.#end(subject, genuineUs)
    } else if (subject.seenCount > 0) {
      siblings.learnCount()
      siblings.learnAlone(nowUs)
    }
    this.#seen(subject)
    if (this.#ages.moveOn(id, nowUs)) siblings.moveOn()
  }

  #end(subject: Subject, genuineUs: number): void {
    assert(this.isSilent(subject.id), 'a silence ends once')
    this.#ages.relearn(subject.id, subject.longestUs, genuineUs)
    subject.longestUs = Number.NaN
    subject.handedOverUs = Number.NEGATIVE_INFINITY
    this.#events.onHeard(subject.id)
  }

  #judge(subject: Subject, nowUs: number): void {
    const ageUs = nowUs - this.agedSinceUs(subject.id)
    // NaN before the first connection.
    if (!(ageUs > SIBLINGS_US_MIN)) return
    const cause = this.#causeOf(subject, ageUs, nowUs)
    if (cause === null) return
    subject.longestUs = this.#ages.newestLongestUs(subject.id)
    subject.handedOverUs = Number.NEGATIVE_INFINITY
    this.#events.onSilent(subject.id, cause, ageUs)
  }

  #causeOf(subject: Subject, ageUs: number, nowUs: number): SilenceCause | null {
    const { id, siblings } = subject
    const { heartbeatUs } = subject.options
    if (heartbeatUs !== null && ageUs > heartbeatUs + Math.max(heartbeatUs / 4, HEARTBEAT_LATE_US)) return 'heartbeat'
    if (!this.#ages.isLearned(id)) return this.#unlearnedCauseOf(subject, ageUs)
    const siblingCount = siblings.count
    const provingCount = Math.max(SIBLING_COUNT_MIN, this.#ages.allowance(id, siblings.most, SIBLINGS_FACTOR))
    // False for NaN.
    const isLongAlone = siblings.aloneUs(nowUs) > this.#ages.allowance(id, siblings.aloneMostUs, SIBLINGS_FACTOR)
    const isOverwhelming = mustMove(subject) && siblingCount > OVERWHELMING_FACTOR * provingCount
    if (siblingCount > provingCount && (isLongAlone || isOverwhelming)) return 'siblings'
    const limitUs = Math.max(HISTORY_US_MIN, this.#ages.allowance(id, this.#ages.longestUs(id), HISTORY_FACTOR))
    if (ageUs <= limitUs) return null
    if (siblings.all.some(sibling => this.#isWitness(sibling))) {
      if (siblingCount > 0 && siblingCount <= this.#ages.allowance(id, siblings.most, SLOW_FACTOR)) return null
      const isConnectionAlive = subject.whole !== undefined && this.#isAlive(subject.whole, nowUs)
      if (isConnectionAlive && siblings.movingAloneUs() <= limitUs) return null
    }
    return 'history'
  }

  /** Of tops that a venue repeats it is not known whether they moved, so that after a first frame only trades count. */
  #unlearnedCauseOf(subject: Subject, ageUs: number): SilenceCause | null {
    if (!mustMove(subject) || ageUs <= UNLEARNED_US_MIN) return null
    const isFirst = Number.isNaN(this.heardUs(subject.id))
    if (isFirst && subject.siblings.count >= UNLEARNED_SIBLING_COUNT_MIN) return 'first'
    return subject.siblings.tradeCount >= UNLEARNED_SIBLING_COUNT_MIN ? 'siblings' : null
  }

  /** What was never heard, or is silent itself, says nothing about the market. */
  #isWitness({ id }: Sibling): boolean {
    return this.#ages.count(id) > 0 && !this.isSilent(id)
  }

  #isAlive({ id }: Subject, nowUs: number): boolean {
    return nowUs - this.#ages.heardUs(id) <= Math.max(ALIVE_US, 2 * this.#ages.longestUs(id))
  }
}
