import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDecided, judgeRounds, type Round } from './latency-votes.js'

const QUIET = 0.001

test('two rounds within every limit pass, and decide', () => {
  const rounds = [round(19), round(19)]
  assert.equal(isDecided(rounds), true)
  assert.deepEqual(judgeRounds(rounds), { failures: [], unmeasured: null })
})

test('the majority decides, whichever round misses', () => {
  assert.equal(isDecided([round(25), round(19)]), false)
  assert.deepEqual(judgeRounds([round(25), round(19), round(19)]).failures, [])
  assert.match(
    judgeRounds([round(25), round(19), round(25)]).failures.join(),
    /^receive → client p99 25 \(0\.1 % stolen\), 19/,
  )
})

test('a tie fails', () => assert.equal(judgeRounds([round(25), round(19)]).failures.length, 1))

test('a miss in stolen time has no vote, from the share beyond the percentile on', () => {
  assert.equal(judgeRounds([round(25, 0.009), round(25, 0.009)]).failures.length, 1)
  const { failures, unmeasured } = judgeRounds([round(25, 0.01), round(25, 0.2)])
  assert.deepEqual(failures, [])
  assert.match(unmeasured ?? '', /^receive → client p99 25 \(1\.0 % stolen\), 25 \(20\.0 % stolen\) ms/)
  assert.equal(isDecided([round(25, 0.2), round(25, 0.2), round(25, 0.2)]), false)
})

test('a miss in a quiet round fails, however many others were stolen', () => {
  assert.equal(judgeRounds([round(25, 0.2), round(25), round(25, 0.2)]).failures.length, 1)
})

test('a round within its limits passes, stolen or not', () => {
  assert.deepEqual(judgeRounds([round(25, 0.2), round(19, 0.2), round(19, 0.2)]), { failures: [], unmeasured: null })
})

test('a median beyond its limit fails unless half of the processor time was stolen', () => {
  const slow = { figures: { p50: 3, p95: 10, p99: 19 }, stolenShare: 0.4 }
  assert.equal(judgeRounds([slow, slow]).failures.length, 1)
})

function round(p99: number, stolenShare = QUIET): Round {
  return { figures: { p50: 1, p95: 10, p99 }, stolenShare }
}
