import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Chore, Chores } from './chores.js'

class Counted implements Chore {
  sliceCount = 0
  left: number

  /** Slices that it takes each time it is due. */
  constructor(left: number) {
    this.left = left
  }

  runSlice(): boolean {
    this.sliceCount += 1
    this.left -= 1
    return this.left > 0
  }
}

test('chores take turns, slice by slice, until none has more to do', () => {
  const { chores, counted } = fixture(3, 1, 2)
  const order: number[][] = []
  while (chores.areDue) {
    chores.runSlice(0)
    order.push(counted.map(({ sliceCount }) => sliceCount))
  }
  assert.deepEqual(order, [
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
    [2, 1, 1],
    [2, 1, 2],
    [3, 1, 2],
  ])
})

test('the timer makes every chore due again, also one that is in the middle of its work', () => {
  const { chores, counted } = fixture(2, 1)
  chores.makeDue()
  for (let slice = 0; slice < 3; slice += 1) chores.runSlice(0)
  assert.equal(chores.areDue, false)
  chores.makeDue()
  chores.makeDue()
  for (let slice = 0; slice < 2; slice += 1) chores.runSlice(0)
  assert.equal(chores.areDue, false)
  assert.deepEqual(
    counted.map(({ sliceCount }) => sliceCount),
    [3, 2],
  )
})

test('a slice when nothing is due, and a chore that is added twice, are caught', () => {
  const { chores, counted } = fixture(1)
  assert.throws(() => chores.add(counted[0]!), { message: 'a chore is added once' })
  chores.runSlice(0)
  assert.throws(() => chores.runSlice(0), { message: 'a slice is of a chore that is due' })
})

function fixture(...slices: number[]) {
  const chores = new Chores()
  const counted = slices.map(count => new Counted(count))
  for (const chore of counted) chores.add(chore)
  return { chores, counted }
}
