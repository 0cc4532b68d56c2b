import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Session } from './session.js'
import { Round, SessionRing } from './session-ring.js'

test('each kind of round starts where it ended, whatever the others do', () => {
  const ring = ringOf(4)
  ring.rotate(Round.trades, 1)
  ring.rotate(Round.books, 3)
  assert.deepEqual(roundOf(ring, Round.trades), [1, 2, 3, 0])
  assert.deepEqual(roundOf(ring, Round.books), [3, 0, 1, 2])
  assert.deepEqual(roundOf(ring, Round.catchUp), [0, 1, 2, 3])
  ring.rotate(Round.books, 4)
  assert.deepEqual(roundOf(ring, Round.books), [3, 0, 1, 2], 'after a whole round the same session comes first')
})

test('a session that leaves does not move the start of any round', () => {
  const ring = ringOf(5)
  ring.rotate(Round.books, 3)
  ring.remove(ring.at(Round.trades, 1)!)
  assert.deepEqual(roundOf(ring, Round.books), [3, 4, 0, 2])
  ring.remove(ring.at(Round.books, 0)!)
  assert.deepEqual(roundOf(ring, Round.books), [4, 0, 2])
  ring.remove(ring.at(Round.books, 0)!)
  assert.deepEqual(roundOf(ring, Round.books), [0, 2], 'the last session left, so the first comes')
})

test('removing a session that is not in the ring changes nothing, and an empty ring rotates', () => {
  const ring = ringOf(1)
  ring.remove(sessionOf(9))
  assert.equal(ring.size, 1)
  ring.remove(ring.at(Round.trades, 0)!)
  ring.rotate(Round.trades, 1)
  assert.equal(ring.size, 0)
  ring.add(sessionOf(1))
  assert.deepEqual(roundOf(ring, Round.trades), [1])
})

test('a session that is added twice is caught', () => {
  const ring = ringOf(1)
  assert.throws(() => ring.add(ring.at(Round.trades, 0)!), { message: 'a session is in the ring once' })
})

test('in every order of joins and leaves, a round visits each session once, and starts with the same one if it stays', () => {
  const change = fc.record({ act: fc.constantFrom('add', 'remove', 'rotate'), steps: fc.nat(9) })
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
          const leaving = ring.at(Round.trades, steps)!
          ring.remove(leaving)
          present.splice(present.indexOf(idOf(leaving)), 1)
        } else if (act === 'rotate') ring.rotate(Round.books, steps)
        const round = roundOf(ring, Round.books)
        assert.deepEqual([...round].sort(byNumber), [...present].sort(byNumber))
        if (act !== 'rotate' && present.includes(firstBefore ?? -1)) assert.equal(round[0], firstBefore)
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

function roundOf(ring: SessionRing, round: Round): number[] {
  return Array.from({ length: ring.size }, (_, step) => idOf(ring.at(round, step)!))
}

function byNumber(one: number, other: number): number {
  return one - other
}
