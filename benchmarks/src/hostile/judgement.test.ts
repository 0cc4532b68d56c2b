import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AttackRecord, Pair } from './attack-record.js'
import type { WindowFigures } from './honest-process.js'
import { isVoid, type Judgement, judgeAttack } from './judgement.js'
import { newTally } from './tally.js'

const SEEN = { 'idle-sockets': { ...newTally(), connections: 400 } }

describe('the ratio of p99', () => {
  test('is the median of the pairs', () => {
    const { verdict, ratioP99 } = judged(recordOf([pairOf(1, 1.2), pairOf(1, 9), pairOf(1, 1.1)]))
    assert.deepEqual([verdict, ratioP99], ['passed', 1.2])
  })

  test('above its limit fails', () => {
    const { verdict, reasons } = judged(recordOf([pairOf(1, 1.6), pairOf(1.1, 1.8), pairOf(1, 1)]))
    assert.equal(verdict, 'failed')
    assert.match(reasons.join(), /^p99 is 1\.60 times that beside a plain listener \(limit 1\.5\)$/)
  })

  test('is unmeasured where the plain listener alone differs as much, and fails where it is far above that', () => {
    const noisy = [pairOf(1, 2), pairOf(3, 6), pairOf(2, 4)]
    assert.equal(judged(recordOf(noisy)).verdict, 'unmeasured')
    const gross = [pairOf(1, 20), pairOf(3, 60), pairOf(2, 40)]
    assert.equal(judged(recordOf(gross)).verdict, 'failed')
  })

  test('with fewer pairs than wanted is unmeasured', () => {
    assert.equal(judgeAttack(recordOf([]), 1).verdict, 'unmeasured')
    assert.equal(judgeAttack(recordOf([pairOf(1, 1)]), 3).verdict, 'unmeasured')
  })

  test('without a single trade is beyond every limit', () => {
    const none = { ...windowOf(1), scheduled: null }
    const pairs = [1, 2, 3].map(() => ({ plain: windowOf(1), product: none }))
    assert.equal(judged(recordOf(pairs)).verdict, 'failed')
  })
})

test('losses, memory, and an end of the product fail whatever the ratio', () => {
  const good = [pairOf(1, 1)]
  const lost = [{ plain: windowOf(1), product: { ...windowOf(1), faults: ['2 sequences missed'] } }]
  assert.equal(judged(recordOf(lost)).verdict, 'failed')
  assert.equal(judged({ ...recordOf(good), memory: { startBytes: 1e8, peakBytes: 2e8 } }).verdict, 'failed')
  assert.equal(judged({ ...recordOf(good), ended: 'ended with SIGKILL' }).verdict, 'failed')
})

test('what an attack should have met must be seen: counters, answers, ends of connections', () => {
  const record = { ...recordOf([pairOf(1, 1)]), name: 'pipelined-tail' }
  const tally = { ...newTally(), connections: 2, answersPerConnectionMax: 2 }
  const { reasons } = judged({ ...record, tallies: { 'pipelined-tail': tally } })
  assert.match(reasons[0] ?? '', /^nothing was refused: none of .+ has grown$/)
  assert.equal(reasons[1], 'one connection got 2 answers (limit 1)')
  assert.match(reasons[2] ?? '', /^connections ended: none; expected /)
})

test('an attack that did not come about has not been borne', () => {
  assert.deepEqual(judged({ ...recordOf([pairOf(1, 1)]), tallies: {} }).reasons, ['no attacker has connected'])
})

test('a pair is void where the simulator was late beside the plain listener', () => {
  assert.equal(isVoid(pairOf(1, 100)), false)
  const { plain, product } = pairOf(1, 1)
  assert.equal(isVoid({ product, plain: { ...plain, lateness: percentilesOf(30) } }), true)
  assert.equal(isVoid({ product: { ...product, lateness: percentilesOf(30) }, plain }), false)
})

function judged(record: AttackRecord): Judgement {
  return judgeAttack(record, record.pairs.length)
}

function recordOf(pairs: readonly Pair[]): AttackRecord {
  return {
    name: 'idle-sockets',
    pairs,
    memory: { startBytes: 1e8, peakBytes: 1e8 },
    longestBlockUs: null,
    counted: {},
    tallies: SEEN,
    ended: null,
  }
}

function pairOf(plainP99Ms: number, productP99Ms: number): Pair {
  return { plain: windowOf(plainP99Ms), product: windowOf(productP99Ms) }
}

function windowOf(p99Ms: number): WindowFigures {
  return { scheduled: percentilesOf(p99Ms), lateness: percentilesOf(0.2), missingCount: 0, faults: [] }
}

function percentilesOf(p99Ms: number): NonNullable<WindowFigures['scheduled']> {
  const p99Us = p99Ms * 1_000
  return { count: 1_000, p50Us: Math.min(200, p99Us), p95Us: p99Us, p99Us, p999Us: p99Us, maxUs: p99Us }
}
