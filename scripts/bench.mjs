// `npm run bench`: makes the workspace ready, then runs each benchmark of benchmarks/dist in a process of its own, one
// after the other. Words select by path; flags such as --quick pass through.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { filesBelow, ROOT } from './workspace.mjs'

const words = process.argv.slice(2).filter(word => !word.startsWith('-'))
const flags = process.argv.slice(2).filter(word => word.startsWith('-'))

if (!(await prepare())) process.exit(1)
const folder = join(ROOT, 'benchmarks', 'dist')
for (const file of filesBelow(folder)) {
  if (!file.endsWith('.bench.js') || (words.length > 0 && !words.some(word => file.includes(word)))) continue
  const benchmark = spawn(process.execPath, ['--enable-source-maps', join(folder, file), ...flags], {
    stdio: 'inherit',
  })
  const [code] = await once(benchmark, 'exit')
  if (code !== 0) process.exitCode = 1
}
