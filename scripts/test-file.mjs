// Runs a test file, or several one after the other in one process, in a process group of its own, which is killed as a whole when
// its time is up or the run is interrupted.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withSourcePositions } from './source-positions.mjs'
import { ROOT, readStamp } from './workspace.mjs'

const TALLY = pathToFileURL(join(ROOT, 'scripts', 'test-tally.mjs')).href
const GROUP = join(ROOT, 'scripts', 'test-group.mjs')
/** Runs a command only while nothing else wants the processor, where the system can do that; else at the least priority. */
const YIELDING = [
  ['chrt', '--idle', '0'],
  ['nice', '-n', '19'],
].find(canRun)
/** Of a session among others, by its nice value. Linux lets an ordinary user set one each 100 ms. */
const SESSION_NICE = { usual: '0', yielding: '19' }
const SESSION_RETRY_MS = 150
/** Keeps a command on one processor, the last; null where the system cannot. */
const PINNED = pinned()
export const canPin = PINNED !== null
/** Tests connect to this machine only. Node reads these authorities whenever it starts, which takes longer than all the rest of it. */
const { NODE_EXTRA_CA_CERTS: _unused, ...ENVIRONMENT } = process.env
const running = new Set()
const yielding = new Set()
let isPaused = false
let isYieldingOver = false

/**
 * `isYielding`: it takes no processor from others; `isPinned`: and it touches one processor only. Resolves, file by file, to what
 * it printed, its tests as `{ outcome, name, skip }`, its times in seconds, and `fault`: why it did not end by itself with exit
 * code 0, or null. What files printed together is that of the first that failed.
 */
export async function runTestFiles(files, { environment = {}, isYielding = false, isPinned = false, msMax }) {
  const startMs = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'tradelane-test-'))
  const tally = join(folder, 'tally.ndjson')
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  reporters.push(`--test-reporter=${TALLY}`, `--test-reporter-destination=${tally}`)
  const command = [process.execPath, ...reporters, ...(files.length === 1 ? files : [GROUP, ...files])]
  if (isYielding) command.unshift(...(YIELDING ?? []))
  if (isPinned) command.unshift(...(PINNED ?? []))
  const child = spawn(command[0], command.slice(1), {
    cwd: ROOT,
    env: { ...ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  if (isYielding) {
    yielding.add(child)
    yieldSession(child)
  }
  if (isYielding && isPaused) killGroup(child, 'SIGSTOP')
  let output = ''
  const collect = text => {
    output += text
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect)
  const fault = await endOf(child, msMax)
  running.delete(child)
  yielding.delete(child)
  const lines = readStamp(tally).split('\n').filter(Boolean)
  rmSync(folder, { recursive: true, force: true })
  const found = lines.map(line => JSON.parse(line))
  const wallS = (performance.now() - startMs) / 1_000
  return resultsOf(files, { found, wallS, fault, output: withSourcePositions(output) })
}

/** Each file has its part of the times by the durations of its tests; a test that a helper declares is of the file before it. */
function resultsOf(files, { found, wallS, fault, output }) {
  const results = files.map(file => ({ file, output: '', tests: [], ms: 0, fault: null }))
  const cpuS = found.find(({ cpuS }) => cpuS !== undefined)?.cpuS ?? 0
  let result = results[0]
  for (const each of found) {
    result = results.find(({ file }) => each.file?.endsWith(`/${file}`)) ?? result
    result.ms += each.ms ?? 0
    if (each.outcome !== undefined) result.tests.push(each)
  }
  const totalMs = results.reduce((sum, { ms }) => sum + ms, 0)
  for (const each of results) {
    const part = totalMs > 0 ? each.ms / totalMs : 1 / files.length
    Object.assign(each, { cpuS: cpuS * part, wallS: wallS * part })
  }
  const failed = results.filter(({ tests }) => tests.some(({ outcome }) => outcome === 'failed'))
  const [shown = results[0]] = failed
  shown.output = output
  for (const each of failed.length > 0 ? failed : results) each.fault = fault
  return results
}

/**
 * Linux may share the processors between sessions before it looks at the priorities within each (autogroups), and each file has a
 * session of its own: what is idle there still gets as much as all threads of another file. So its session yields, too.
 */
function yieldSession(child) {
  try {
    writeFileSync(`/proc/${child.pid}/autogroup`, isYieldingOver ? SESSION_NICE.usual : SESSION_NICE.yielding)
  } catch ({ code }) {
    // Otherwise the file has ended, or the system has no such groups.
    if (code === 'EAGAIN') setTimeout(() => yieldSession(child), SESSION_RETRY_MS).unref()
  }
}

/** When nothing is left to yield to: on a busy machine they would wait for programs of others. */
export function endYielding() {
  isYieldingOver = true
  for (const child of yielding) yieldSession(child)
}

/** Ends every file that runs, with all its processes. */
export function killTestFiles(signal) {
  for (const child of running) killGroup(child, signal)
}

/** How many run that yield to all others. */
export function yieldingFileCount() {
  return isPaused ? 0 : yielding.size
}

/** Stops the files that yield, and those that start meanwhile, or lets them go on. Only for files that wait for no clock. */
export function pauseYielding(isToPause) {
  isPaused = isToPause
  for (const child of yielding) killGroup(child, isPaused ? 'SIGSTOP' : 'SIGCONT')
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

function canRun([tool, ...options]) {
  return spawnSync(tool, [...options, process.execPath, '--version']).status === 0
}

/** Processors are named as the system names those that this process may use. */
function pinned() {
  const [, last] = /^Cpus_allowed_list:.*?(\d+)$/m.exec(readStamp('/proc/self/status')) ?? []
  const command = ['taskset', '-c', last ?? '0']
  return last !== undefined && canRun(command) ? command : null
}
