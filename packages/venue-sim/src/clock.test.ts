import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

// In a new process, because the first use of everything is what is slow. The least of many readings: a thread may wait for a
// processor between two of them.
const PROGRAM = `
const { createClock } = await import(${JSON.stringify(new URL('./clock.js', import.meta.url).href)})
const clock = createClock()
let [aheadUs, offMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
for (let read = 0; read < 200; read += 1) {
  const [seconds, nanoseconds] = process.hrtime()
  aheadUs = Math.min(aheadUs, Math.abs(clock.nowUs() - (seconds * 1e6 + nanoseconds / 1e3)))
  offMs = Math.min(offMs, Math.abs(clock.wallMs(clock.nowUs()) - Date.now()))
}
process.stdout.write(JSON.stringify({ aheadUs, offMs }))
`

test('the clock agrees with process.hrtime and the wall clock from its first read', () => {
  for (let round = 0; round < 3; round += 1) {
    const text = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { encoding: 'utf8' })
    const { aheadUs, offMs } = JSON.parse(text)
    assert.ok(aheadUs < 20, `${aheadUs} µs apart`)
    assert.ok(offMs <= 5, `${offMs} ms apart`)
  }
})
