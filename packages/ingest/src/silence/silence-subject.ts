// What the silence judge judges: one kind of one instrument, or a connection as a whole. And which of them say something about
// each other: siblings (`siblings.ts`), and neighbours, the other instruments on a connection.

import { type InstrumentId, Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Ages } from './ages.js'
import { type Sibling, Siblings } from './siblings.js'

export interface SubjectOptions {
  /** Of one connection: any number that is the caller's. */
  readonly connection: number
  /** Null: the connection as a whole. */
  readonly of: { readonly instrument: InstrumentId; readonly kind: SubscribedKind } | null
  /** The venue sends something of this at least so often; null where it promises nothing. */
  readonly heartbeatUs: number | null
}

/** Changed by the judge only. */
export interface Subject extends Sibling {
  readonly options: SubjectOptions
  /** Of the connection as a whole; undefined where it has one subject only. */
  whole: Subject | undefined
  isDropped: boolean
  isHalted: boolean
  /** When its connection came up. */
  startedUs: number
  /** When another connection took over without a gap. */
  handedOverUs: number
  seenCount: number
  /** While it is silent: what `Ages.relearn` restores. NaN otherwise. */
  longestUs: number
}

export function newSubject(id: number, options: SubjectOptions, ages: Ages): Subject {
  return {
    id,
    kind: options.of?.kind ?? null,
    options,
    siblings: new Siblings(ages),
    whole: undefined,
    isDropped: false,
    isHalted: false,
    startedUs: Number.NaN,
    handedOverUs: Number.NEGATIVE_INFINITY,
    seenCount: 0,
    longestUs: Number.NaN,
  }
}

/** Those that are judged, so that a new one is not compared with thousands. */
export class SubjectGroups {
  readonly #ofInstrument = new Map<InstrumentId, Set<Subject>>()
  readonly #ofConnection = new Map<number, Set<Subject>>()

  ofInstrument(instrument: InstrumentId): ReadonlySet<Subject> {
    return membersOf(this.#ofInstrument, instrument)
  }

  ofConnection(connection: number): ReadonlySet<Subject> {
    return membersOf(this.#ofConnection, connection)
  }

  join(subject: Subject): void {
    const { of, connection } = subject.options
    if (of !== null) joinSiblings(subject, membersOf(this.#ofInstrument, of.instrument))
    joinNeighbours(subject, membersOf(this.#ofConnection, connection))
  }

  leave(subject: Subject): void {
    const { of, connection } = subject.options
    membersOf(this.#ofConnection, connection).delete(subject)
    if (of !== null) membersOf(this.#ofInstrument, of.instrument).delete(subject)
    subject.siblings.leave(subject)
  }

  /** It is closed for good. */
  forget(connection: number): void {
    this.#ofConnection.delete(connection)
  }
}

/** A top or a book moves with its siblings from its first frame on. */
export function mustMove({ kind }: Subject): boolean {
  return kind === Kind.orderBookL1 || kind === Kind.orderBookL2
}

/** Open interest has a pace of its own. */
function mayBeSibling({ kind }: Subject): boolean {
  return kind === Kind.trade || kind === Kind.orderBookL1 || kind === Kind.orderBookL2
}

function membersOf<Key>(groups: Map<Key, Set<Subject>>, key: Key): Set<Subject> {
  const members = groups.get(key) ?? new Set()
  groups.set(key, members)
  return members
}

/** `members`: of the same instrument. */
function joinSiblings(subject: Subject, members: Set<Subject>): void {
  for (const other of members) {
    if (!mayBeSibling(subject) || !mayBeSibling(other)) continue
    subject.siblings.add(other)
    other.siblings.add(subject)
  }
  members.add(subject)
}

/** `members`: of the same connection. */
function joinNeighbours(subject: Subject, members: Set<Subject>): void {
  for (const other of members) {
    if (subject.options.of === null) other.whole = subject
    if (other.options.of === null) subject.whole = other
  }
  members.add(subject)
}
