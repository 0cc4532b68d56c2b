import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatReport } from './report-text.js'

test('stolen time is named from the share on that makes a p99 by itself', () => {
  const textOf = (stolenShare: number | null): string =>
    formatReport({ seconds: 5, stolenShare, targets: [], failures: [] })
  assert.match(textOf(0.01), /^ {2}The hypervisor of this machine took 1\.0 % of its processor time: .*\nPASS\n$/)
  for (const quiet of [null, 0, 0.0099]) assert.equal(textOf(quiet), 'PASS\n')
})

test('what was not met is listed, and counted in the last line', () => {
  const text = formatReport({
    seconds: 5,
    stolenShare: null,
    targets: [],
    failures: ['2 trades lost', 'no event came'],
  })
  assert.equal(text, '  ✗ 2 trades lost\n  ✗ no event came\nFAIL: 2 expectations were not met\n')
})
