import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StolenTime } from './stolen-time.js'

const folder = mkdtempSync(join(tmpdir(), 'tradelane-stolen-'))
const path = join(folder, 'stat')

after(() => rmSync(folder, { recursive: true }))

test('is a share of the time with work, without idle time and time that waits for disks', () => {
  //                       user nice system idle iowait irq softirq steal
  assert.equal(shareOf('cpu  100 0 50 1000 7 0 10 40 0 0', 'cpu  140 10 70 5000 99 5 15 60 0 0'), 0.2)
})

test('is 0 where there was no work', () => {
  assert.equal(shareOf('cpu  1 0 1 10 0 0 0 0 0 0', 'cpu  1 0 1 90 0 0 0 0 0 0'), 0)
})

test('is unknown where the system does not report it', () => {
  assert.equal(shareOf('cpu  1 2 3 4', 'cpu  2 3 4 5'), null)
  const missing = new StolenTime(join(folder, 'none'))
  missing.start()
  missing.end()
  assert.equal(missing.share, null)
})

test('is unknown where the counts of the system went back', () => {
  const before = 'cpu  100 0 50 1000 7 0 10 40 0 0'
  assert.equal(shareOf(before, 'cpu  150 0 60 1100 7 0 10 39 0 0'), null)
  assert.equal(shareOf(before, 'cpu  50 0 30 1100 7 0 10 60 0 0'), null)
  assert.equal(shareOf(before, 'cpu  50 0 30 500 3 0 5 20 0 0'), null)
})

test('the system itself reports a share, or nothing', () => {
  const time = new StolenTime()
  time.start()
  const untilMs = performance.now() + 50
  while (performance.now() < untilMs);
  time.end()
  assert.ok(time.share === null || (time.share >= 0 && time.share <= 1), String(time.share))
})

function shareOf(first: string, last: string): number | null {
  const time = new StolenTime(path)
  writeFileSync(path, `${first}\ncpu0 1 1 1 1 1 1 1 1 0 0\n`)
  time.start()
  writeFileSync(path, `${last}\ncpu0 1 1 1 1 1 1 1 1 0 0\n`)
  time.end()
  return time.share
}
