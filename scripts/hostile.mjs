// `npm run hostile`: makes the workspace ready, then runs the attacks on the product; flags pass through (`-- --help` lists them).

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { ROOT } from './workspace.mjs'

if (!(await prepare())) process.exit(1)
const program = join(ROOT, 'benchmarks', 'dist', 'hostile', 'main.js')
const run = spawn(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)], { stdio: 'inherit' })
// The program handles Ctrl-C itself: it ends its processes.
process.on('SIGINT', () => {}).on('SIGTERM', () => run.kill())
const [code] = await once(run, 'exit')
process.exitCode = code ?? 1
