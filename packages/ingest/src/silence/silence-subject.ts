// What the silence judge judges: one kind of one instrument, or a connection as a whole. And which of them say something about
// each other: siblings, the other kinds of an instrument, and neighbours, the other instruments on a connection.

import { type InstrumentId, Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'

export interface SubjectOptions {
  /** Of one connection: any number that is the caller's. */
  readonly connection: number
  /** Null: the connection as a whole. */
  readonly of: { readonly instrument: InstrumentId; readonly kind: SubscribedKind } | null
  /** The venue sends something of this at least so often; null where it promises nothing. */
  readonly heartbeatUs: number | null
}

/** Changed by the judge only. */
export interface Subject {
  readonly id: number
  readonly options: SubjectOptions
  readonly siblings: Subject[]
  /** Of the connection as a whole; undefined where it has one subject only. */
  whole: Subject | undefined
  isDropped: boolean
  isHalted: boolean
  /** When its connection came up. */
  startedUs: number
  /** When another connection took over without a gap. */
  handedOverUs: number
  seenCount: number
  /** Arrivals of the siblings when it was last seen to have advanced, and those of trades alone. */
  siblingCount: number
  tradeCount: number
  /** Most arrivals of the siblings between two of its own, in this generation and in the one before. */
  siblingsMost: number
  siblingsMostBefore: number
  /** The siblings go on without it since then; NaN while they do not. */
  aloneSinceUs: number
  /** The longest that they did, in this generation and in the one before. */
  aloneMostUs: number
  aloneMostBeforeUs: number
  /** While it is silent: what `Ages.relearn` restores. NaN otherwise. */
  longestUs: number
}

export function newSubject(id: number, options: SubjectOptions): Subject {
  return {
    id,
    options,
    siblings: [],
    whole: undefined,
    isDropped: false,
    isHalted: false,
    startedUs: Number.NaN,
    handedOverUs: Number.NEGATIVE_INFINITY,
    seenCount: 0,
    siblingCount: 0,
    tradeCount: 0,
    siblingsMost: 0,
    siblingsMostBefore: 0,
    aloneSinceUs: Number.NaN,
    aloneMostUs: 0,
    aloneMostBeforeUs: 0,
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
    for (const sibling of subject.siblings.splice(0)) sibling.siblings.splice(sibling.siblings.indexOf(subject), 1)
  }

  /** It is closed for good. */
  forget(connection: number): void {
    this.#ofConnection.delete(connection)
  }
}

/** A top or a book moves with its siblings from its first frame on. */
export function mustMove({ options: { of } }: Subject): boolean {
  return of?.kind === Kind.orderBookL1 || of?.kind === Kind.orderBookL2
}

/** Open interest has a pace of its own. */
function mayBeSibling({ options: { of } }: Subject): boolean {
  return of?.kind === Kind.trade || of?.kind === Kind.orderBookL1 || of?.kind === Kind.orderBookL2
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
    subject.siblings.push(other)
    other.siblings.push(subject)
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
