// Runs one test file in a process group of its own, which is killed as a whole when its time is up or the run is interrupted.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withSourcePositions } from './source-positions.mjs'
import { ROOT, readStamp } from './workspace.mjs'

const TALLY = pathToFileURL(join(ROOT, 'scripts', 'test-tally.mjs')).href
/** Runs a command only while nothing else wants the processor, where the system can do that; else at the least priority. */
const YIELDING = [
  ['chrt', '--idle', '0'],
  ['nice', '-n', '19'],
].find(([tool, ...options]) => spawnSync(tool, [...options, process.execPath, '--version']).status === 0)
/** Tests connect to this machine only. Node reads these authorities whenever it starts, which takes longer than all the rest of it. */
const { NODE_EXTRA_CA_CERTS: _unused, ...ENVIRONMENT } = process.env
const running = new Set()

/**
 * `isYielding`: it takes no processor from others. Resolves to what the file printed, its tests as `{ outcome, name, skip }`, its times in
 * seconds, and `fault`: why it did not end by itself with exit code 0, or null.
 */
export async function runTestFile(file, { environment = {}, isYielding = false, msMax }) {
  const startMs = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'tradelane-test-'))
  const tally = join(folder, 'tally.ndjson')
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  reporters.push(`--test-reporter=${TALLY}`, `--test-reporter-destination=${tally}`)
  const command = [process.execPath, ...reporters, file]
  if (isYielding) command.unshift(...(YIELDING ?? []))
  const child = spawn(command[0], command.slice(1), {
    cwd: ROOT,
    env: { ...ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  let output = ''
  const collect = text => {
    output += text
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect)
  const fault = await endOf(child, msMax)
  running.delete(child)
  const lines = readStamp(tally).split('\n').filter(Boolean)
  rmSync(folder, { recursive: true, force: true })
  const found = lines.map(line => JSON.parse(line))
  return {
    file,
    output: withSourcePositions(output),
    tests: found.filter(({ outcome }) => outcome !== undefined),
    cpuS: found.find(({ cpuS }) => cpuS !== undefined)?.cpuS ?? 0,
    wallS: (performance.now() - startMs) / 1_000,
    fault,
  }
}

/** Ends every file that runs, with all its processes. */
export function killTestFiles(signal) {
  for (const child of running) killGroup(child, signal)
}

function endOf(child, msMax) {
  return new Promise(resolve => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      killGroup(child, 'SIGKILL')
    }, msMax)
    // Not `exit`: the output may come later.
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      killGroup(child, 'SIGKILL')
      if (isLate) resolve(`stopped after ${Math.round(msMax / 1_000)} s`)
      else resolve(code === 0 ? null : `exit code ${code ?? signal}`)
    })
  })
}

/** What a test started may outlive it. */
function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group has ended by itself.
  }
}
