// `npm run bench`: makes the workspace ready, then runs the whole-process benchmarks; flags pass through (`-- --help` lists
// them). With --micro the micro-benchmarks instead, each file in a process of its own; words select files by path.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { filesBelow, ROOT } from './workspace.mjs'

const MICRO = '--micro'
const DIST = join(ROOT, 'benchmarks', 'dist')
const words = process.argv.slice(2).filter(word => word !== MICRO)

if (!(await prepare())) process.exit(1)
for (const file of chosenFiles()) {
  const flags = file.endsWith('.bench.js') ? words.filter(word => word.startsWith('-')) : words
  const benchmark = spawn(process.execPath, ['--enable-source-maps', join(DIST, file), ...flags], { stdio: 'inherit' })
  // The benchmark handles Ctrl-C itself: it ends its processes and prints the figures that it has.
  const wait = () => {}
  process.on('SIGINT', wait).on('SIGTERM', wait)
  const [code] = await once(benchmark, 'exit')
  process.off('SIGINT', wait).off('SIGTERM', wait)
  if (code !== 0) process.exitCode = code ?? 1
}

function chosenFiles() {
  if (!process.argv.includes(MICRO)) return ['main.js']
  const names = words.filter(word => !word.startsWith('-'))
  return filesBelow(DIST).filter(
    file => file.endsWith('.bench.js') && (names.length === 0 || names.some(name => file.includes(name))),
  )
}
