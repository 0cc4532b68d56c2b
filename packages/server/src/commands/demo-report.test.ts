// What the demo reports of itself, as `tradelane probe` does, and its end after that.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import type { ProbeReport } from '@tradelane/probe/probe-report'
import { type Demo, demoFolder, isOpen, servingDemo, startDemo } from '../test/demo-process.js'

test('--json prints the report of probe alone, of so many seconds, by the journal; everything else is beside it', async () => {
  const demo = startDemo(['--seconds', '3', '--json', '--scenario', 'normal'])
  const code = await demo.ended
  const report: ProbeReport = JSON.parse(demo.stdout())
  assert.equal(code, report.failures.length === 0 ? 0 : 1)
  assertFaultless(report)
  assert.equal(report.seconds, 3)
  assert.match(demo.output(), /^Serving on ws:.*^Stopping …\nSimulated venues exited\.|^Stopping …\nStopped\.$/ms)
})

test('with --seconds alone it prints the report as text and ends', async () => {
  const demo = startDemo(['--seconds', '2'])
  await demo.ended
  assert.match(demo.stdout(), /^Serving on ws:.*journal, trades: .*^(?:PASS|FAIL: .*)$.*^Stopped\.$/ms)
})

test('Ctrl-C ends the listening; the report follows, with --csv alone on standard output, and then the end', async () => {
  const named = join(demoFolder, 'SIGINT.txt')
  const demo = await servingDemo(['--seconds', '600', '--csv', '--journal', named])
  await untilClient(demo)
  demo.child.kill('SIGINT')
  await demo.ended
  assert.match(demo.stdout(), /^url,product,kind,frames,[^\n]*\r?\n(?:ws:[^\n]*\n)+$/)
  const frameCounts = [...demo.stdout().matchAll(/^ws:[^,]*,[^,]*,[^,]*,(\d+)/gm)].map(([, frames]) => Number(frames))
  assert.ok(frameCounts.some(frames => frames > 0))
  assert.match(demo.output(), /^Stopping(?: \(SIGINT\))? …$/m)
  assert.ok(!(await isOpen(demo.simPort)))
  assert.ok(existsSync(named), 'a journal that was named is not removed')
})

/** How late a busy machine is, is not judged here. */
function assertFaultless({ targets, failures }: ProbeReport): void {
  assert.deepEqual(
    failures.filter(failure => !failure.includes(' → client')),
    [],
  )
  const { journal } = targets[0] ?? assert.fail('no target')
  assert.ok(journal !== null && journal.trades.expected > 0 && journal.trades.lost === 0)
}

/** Until one is connected. */
async function untilClient(demo: Demo): Promise<void> {
  const [, url = ''] = await demo.said(/^Serving on (http:\/\/[\d.:]+)/m)
  for (;;) {
    const { clients }: StatReport = JSON.parse(await (await fetch(`${url}/stat`)).text())
    if (clients.gateways.some(({ clientsConnected }) => (clientsConnected ?? 0) > 0)) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
