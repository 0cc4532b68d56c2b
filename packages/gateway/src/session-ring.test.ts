import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Session } from './session.js'
import { Round, SessionRing } from './session-ring.js'

test('each kind of round goes on where it was, whatever the others do', () => {
  const ring = ringOf(4)
  advance(ring, Round.trades, 1)
  advance(ring, Round.books, 3)
  assert.deepEqual(roundOf(ring, Round.trades), [1, 2, 3, 0])
  assert.deepEqual(roundOf(ring, Round.books), [3, 0, 1, 2])
  assert.deepEqual(roundOf(ring, Round.catchUp), [0, 1, 2, 3])
})

test('a session that leaves does not move any round; one that is at it goes on to the next', () => {
  const ring = ringOf(5)
  advance(ring, Round.books, 3)
  ring.remove(roundSessions(ring, Round.trades)[1]!)
  assert.deepEqual(roundOf(ring, Round.books), [3, 4, 0, 2])
  ring.remove(ring.at(Round.books)!)
  assert.deepEqual(roundOf(ring, Round.books), [4, 0, 2])
  ring.remove(ring.at(Round.books)!)
  assert.deepEqual(roundOf(ring, Round.books), [0, 2], 'the last session left, so the first comes')
})

test('a session that joins comes last, after those that joined before it', () => {
  const ring = ringOf(3)
  ring.remove(ring.at(Round.trades)!)
  advance(ring, Round.books, 1)
  ring.add(sessionOf(3))
  assert.deepEqual(roundOf(ring, Round.trades), [1, 2, 3])
  assert.deepEqual(roundOf(ring, Round.books), [2, 3, 1])
  assert.deepEqual(ring.sessions().map(idOf), [1, 2, 3])
})

test('removing a session that is not in the ring changes nothing, and an empty ring goes on', () => {
  const ring = ringOf(1)
  ring.remove(sessionOf(9))
  assert.equal(ring.size, 1)
  ring.remove(ring.at(Round.trades)!)
  ring.advance(Round.trades)
  assert.equal(ring.at(Round.trades), undefined)
  ring.add(sessionOf(1))
  assert.deepEqual(roundOf(ring, Round.trades), [1])
})

test('a session that is added twice is caught', () => {
  const ring = ringOf(1)
  assert.throws(() => ring.add(ring.at(Round.trades)!), { message: 'a session is in the ring once' })
})

test('in every order of joins and leaves, a round visits each session once, and is at the same one if it stays', () => {
  const change = fc.record({ act: fc.constantFrom('add', 'remove', 'advance'), steps: fc.nat(9) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), changes => {
      const ring = new SessionRing()
      const present: number[] = []
      for (const [id, { act, steps }] of changes.entries()) {
        const firstBefore = roundOf(ring, Round.books)[0]
        if (act === 'add') {
          ring.add(sessionOf(id))
          present.push(id)
        } else if (act === 'remove' && ring.size > 0) {
          const leaving = roundSessions(ring, Round.trades)[steps % ring.size]!
          ring.remove(leaving)
          present.splice(present.indexOf(idOf(leaving)), 1)
        } else if (act === 'advance') advance(ring, Round.books, steps)
        const round = roundOf(ring, Round.books)
        assert.deepEqual([...round].sort(byNumber), [...present].sort(byNumber))
        if (act !== 'advance' && present.includes(firstBefore ?? -1)) assert.equal(round[0], firstBefore)
      }
    }),
  )
})

function ringOf(count: number): SessionRing {
  const ring = new SessionRing()
  for (let id = 0; id < count; id += 1) ring.add(sessionOf(id))
  return ring
}

/** The ring compares identities only. */
function sessionOf(id: number): Session {
  return { address: String(id) } as unknown as Session
}

function idOf(session: Session): number {
  return Number(session.address)
}

function advance(ring: SessionRing, round: Round, steps: number): void {
  for (let step = 0; step < steps; step += 1) ring.advance(round)
}

/** A whole round, after which it is where it was. */
function roundSessions(ring: SessionRing, round: Round): Session[] {
  return Array.from({ length: ring.size }, () => {
    const session = ring.at(round)!
    ring.advance(round)
    return session
  })
}

function roundOf(ring: SessionRing, round: Round): number[] {
  return roundSessions(ring, round).map(idOf)
}

function byNumber(one: number, other: number): number {
  return one - other
}
