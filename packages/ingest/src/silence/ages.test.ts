import assert from 'node:assert/strict'
import test from 'node:test'
import { Ages, GENERATION_COUNT_MIN, GENERATION_US_MIN, LEARNED_COUNT_MIN, SEPARATION_US } from './ages.js'

const S = 1_000_000

/** Arrivals at these intervals, from `atUs` on. Returns the time of the last. */
function hear(ages: Ages, subject: number, intervalsUs: Iterable<number>, atUs = 0): number {
  let us = atUs
  for (const intervalUs of intervalsUs) {
    us += intervalUs
    ages.heard(subject, us)
  }
  return us
}

test('the longest interval of both generations is remembered, older ones are forgotten', () => {
  const ages = new Ages()
  const subject = ages.add()
  ages.moveOn(subject, 0)
  let us = hear(ages, subject, [S, 9 * S, ...Array(GENERATION_COUNT_MIN).fill(S)])
  assert.ok(!ages.moveOn(subject, us), 'a generation lasts for half an hour')
  assert.ok(ages.moveOn(subject, GENERATION_US_MIN))
  ages.restart(subject)
  us = hear(ages, subject, Array(GENERATION_COUNT_MIN).fill(2 * S), GENERATION_US_MIN)
  assert.equal(ages.longestUs(subject), 9 * S)
  assert.ok(!ages.moveOn(subject, us))
  ages.heard(subject, us + S)
  assert.ok(ages.moveOn(subject, 2 * GENERATION_US_MIN))
  assert.equal(ages.longestUs(subject), 2 * S)
})

test('a generation of a thin subject lasts as long as it takes to learn', () => {
  const ages = new Ages()
  const subject = ages.add()
  ages.moveOn(subject, 0)
  const us = hear(ages, subject, Array(GENERATION_COUNT_MIN - 1).fill(60 * S))
  assert.ok(us > 2 * GENERATION_US_MIN && !ages.moveOn(subject, us))
})

test('a burst teaches nothing, whatever its length in events; frames of one chunk are one arrival', () => {
  const ages = new Ages()
  const subject = ages.add()
  hear(ages, subject, Array(10_000).fill(100))
  assert.ok(!ages.isLearned(subject))
  const chunks = ages.add()
  for (let count = 0; count < 100; count += 1) ages.heard(chunks, 5 * S)
  assert.equal(ages.count(chunks), 1)
  const steady = ages.add()
  hear(ages, steady, Array(LEARNED_COUNT_MIN).fill(SEPARATION_US))
  assert.ok(ages.isLearned(steady))
})

test('the interval over a restart is not learned', () => {
  const ages = new Ages()
  const subject = ages.add()
  hear(ages, subject, [S, S])
  ages.restart(subject)
  hear(ages, subject, [1_000 * S, S])
  assert.equal(ages.longestUs(subject), S)
})

test('arrivals between restarts teach nothing', () => {
  const ages = new Ages()
  const subject = ages.add()
  for (let round = 0; round < 3 * LEARNED_COUNT_MIN; round += 1) {
    ages.heard(subject, round * S)
    ages.restart(subject)
  }
  assert.ok(!ages.isLearned(subject))
  assert.equal(ages.count(subject), 3 * LEARNED_COUNT_MIN)
})

test('of a silence that was a fault only what is genuine is learned', () => {
  const ages = new Ages()
  const subject = ages.add()
  hear(ages, subject, [S, 3 * S])
  const before = ages.newestLongestUs(subject)
  hear(ages, subject, [500 * S], 4 * S)
  ages.relearn(subject, before, 2 * S)
  assert.equal(ages.longestUs(subject), 3 * S)
})

test('what came earlier does not move the age back', () => {
  const ages = new Ages()
  const subject = ages.add()
  hear(ages, subject, [S, S])
  ages.heard(subject, S)
  assert.equal(ages.heardUs(subject), 2 * S)
})

test('few arrivals allow more: they have not shown the longest interval yet', () => {
  const ages = new Ages()
  const subject = ages.add()
  hear(ages, subject, Array(64).fill(S))
  assert.equal(ages.allowance(subject, S, 4), 8 * S)
  hear(ages, subject, Array(5_000).fill(S), 64 * S)
  assert.ok(ages.allowance(subject, S, 4) < 4.1 * S)
})
