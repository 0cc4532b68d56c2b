import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import { curveSvg } from './curve-svg.js'
import { judgeGates } from './gates.js'
import { judgeGoals } from './goals.js'
import type { BenchReport } from './report-page.js'
import { documentText } from './results-document.js'
import { summarize } from './summary.js'

const RECORDS = [
  ...goodRuns('normal', TRADELANE, [figuresOf(4_000)], 'early'),
  ...goodRuns('normal', TRADELANE, [figuresOf(800)]),
  faultyRun('normal', SINGLE_LOOP, { by: 'run', fault: 'did not start' }),
]
const ROWS = summarize(RECORDS)

test('the document has both phases, goals, gates that did not pass, and what was wrong', () => {
  const report: BenchReport = {
    startedAt: '2026-11-30T12:00:00.000Z',
    machine: { processor: 'some', cpuCount: 2, memoryGiB: 4, system: 'Linux', node: 'v20' } as BenchReport['machine'],
    roundCount: 1,
    about: [{ name: TRADELANE, about: 'this product' }],
    scenarios: [{ name: 'normal', about: 'trades' }],
    rows: ROWS,
    ratios: [],
    goals: judgeGoals(ROWS, RECORDS),
    gates: judgeGates(ROWS, [], { margin: 2, ratios: {} }),
    baseline: { margin: 2, ratios: {} },
  }
  const text = documentText(report, { drawn: new Set(['normal']), curvesPath: 'curves', command: 'npm run bench' })
  assert.match(text, /\n\| tradelane \| early \| 1000 \| 1\.00 \(1\.00–1\.00\) \|/)
  assert.match(text, /\n\| tradelane \| warm \| 1000 \| 0\.20 /)
  assert.match(text, /\n\| normal, p99 \| 0\.9 ms \| 0\.80 \(0\.80–0\.80\) ms \| yes \|\n/)
  assert.match(text, /\n- single-loop: round 1, attempt 1: did not start\n/)
  assert.match(text, /\(curves\/normal\.svg\)/)
  assert.match(text, /All 8 passed/)
})

test('curves are drawn for each phase, the early one dashed, higher where they are slower', () => {
  const svg = curveSvg(ROWS)
  const lines = [...svg.matchAll(/<polyline [^>]*points="([^"]+)"/g)].map(([line, points]) => ({ line, points }))
  assert.equal(lines.length, 2)
  assert.match(lines[0]?.line ?? '', /stroke-dasharray/)
  assert.doesNotMatch(lines[1]?.line ?? '', /stroke-dasharray/)
  const lastY = (points = ''): number => Number(points.split(' ').at(-1)?.split(',')[1])
  assert.ok(lastY(lines[0]?.points) < lastY(lines[1]?.points))
  assert.equal(curveSvg([]), '')
})
