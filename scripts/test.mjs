// `npm test`: makes the workspace ready, then runs every test, kind by kind: unit tests three files at a time, stress tests four,
// end-to-end tests three, and those that judge latency one by one, because these want the processors for themselves.
// Words select files by path, of the source or the compiled file: `npm test -- packages/shared`. REQUIRE_TOOLS=1 makes a test
// that was skipped for want of a tool a failure. STRESS=long (`npm run stress`) lifts the time limit.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare } from './prepare.mjs'
import { filesBelow, packageFolders, ROOT, readStamp, say, secondsSince } from './workspace.mjs'

const isLong = process.env.STRESS === 'long'
const TOTAL_MS_MAX = isLong ? 7_200_000 : 780_000
const FILE_MS_MAX = isLong ? 3_600_000 : 200_000
/** So many files with failures may be an accident of a busy machine, and are run once more, one by one. */
const REPEATED_FILES_MAX = 6
// Beside other tests an L2 worker that yields to everybody would get to show no book at all.
const SHARING = { L2_NICE: '0' }
// In this order. A file belongs to the last kind whose ending it has; one that hangs must not eat the time of the others.
const KINDS = [
  { title: 'unit tests', ending: '', concurrency: 3, fileMsMax: 100_000 },
  { title: 'stress tests', ending: '.stress.js', concurrency: isLong ? 1 : 4 },
  { title: 'end-to-end tests', ending: '.e2e.test.js', concurrency: isLong ? 1 : 3, environment: SHARING },
  { title: 'latency, end to end', ending: '.timed.e2e.test.js', concurrency: 1 },
]
const MISSING_TOOL = /^skipped: (python3-websockets|chromium|promtool)\b/

let isInterrupted = false
const startMs = performance.now()
const words = process.argv.slice(2).map(word => word.replace(/\.ts$/, ''))
const failures = []
const outcomes = []
/** Names of tests that failed at first. */
const repeated = []

if (await prepare()) {
  const files = testFiles()
  if (files.length === 0) failures.push('no test file matches')
  for (const kind of KINDS) {
    await runKind(
      kind,
      files.filter(file => KINDS.findLast(each => file.endsWith(each.ending)) === kind),
    )
  }
  summarize()
} else {
  failures.push('the preparation failed')
}
process.exitCode = failures.length === 0 ? 0 : 1

function testFiles() {
  const built = packageFolders().flatMap(folder =>
    filesBelow(join(ROOT, folder, 'dist'))
      .filter(file => file.endsWith('.test.js') || file.endsWith('.stress.js'))
      .map(file => `${folder}/dist/${file}`),
  )
  const own = filesBelow(join(ROOT, 'scripts')).filter(file => file.endsWith('.test.mjs'))
  const all = [...own.map(file => `scripts/${file}`), ...built]
  const isChosen = file => words.some(word => file.includes(word) || file.replace('/dist/', '/src/').includes(word))
  return words.length === 0 ? all : all.filter(isChosen)
}

/** Files with failures are run once more, each alone; what fails then has failed. Both runs are told. */
async function runKind(kind, files) {
  const first = await runFiles(kind, files)
  if (first === undefined) return
  const suspects = files.filter(file => first.finished.some(each => each.outcome === 'failed' && isOf(each, file)))
  const isHopeless = suspects.length === 0 || suspects.length > REPEATED_FILES_MAX || isInterrupted
  const second = isHopeless
    ? undefined
    : await runFiles({ ...kind, title: `${kind.title}, once more`, concurrency: 1 }, suspects)
  if (second === undefined) return void settle(kind.title, first)
  const kept = first.finished.filter(each => !suspects.some(file => isOf(each, file)))
  for (const { name, outcome } of first.finished) if (outcome === 'failed') repeated.push(name)
  settle(kind.title, { ...second, finished: [...kept, ...second.finished] })
}

function settle(title, { end, finished }) {
  if (end !== 0) failures.push(`${title}: ${end === 'late' ? 'stopped, the time is up' : `exit code ${end}`}`)
  if (isInterrupted) failures.push('interrupted')
  outcomes.push(...finished)
}

/** The test stands in this file. */
function isOf({ file: source }, file) {
  return source !== undefined && compiled(relative(ROOT, source)) === file
}

/** Runs the files with `node --test` in a process group of its own, which is killed as a whole when the time is up. */
async function runFiles({ title, concurrency, environment, fileMsMax = FILE_MS_MAX }, files) {
  if (files.length === 0 || isInterrupted) return
  const remainingMs = TOTAL_MS_MAX - (performance.now() - startMs)
  if (remainingMs < 1000) return void failures.push(`${title}: no time left of ${TOTAL_MS_MAX / 1000} s`)
  say(`\n${title}: ${files.length} files\n`)
  const folder = mkdtempSync(join(tmpdir(), 'tradelane-test-'))
  const tally = join(folder, 'tally.ndjson')
  const args = [
    '--test',
    '--enable-source-maps',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${isLong ? FILE_MS_MAX : fileMsMax}`,
  ]
  args.push('--test-reporter=spec', '--test-reporter-destination=stdout')
  args.push(`--test-reporter=${pathToFileURL(join(ROOT, 'scripts', 'test-tally.mjs'))}`)
  args.push(`--test-reporter-destination=${tally}`, ...files)
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const end = await groupEnd(child, remainingMs)
  const finished = readStamp(tally)
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  const isFinished = file => finished.some(each => isOf(each, file))
  if (end === 'late') failures.push(...files.filter(file => !isFinished(file)).map(file => `not finished: ${file}`))
  rmSync(folder, { recursive: true, force: true })
  return { end, finished }
}

/** The compiled file of a source; source maps make Node name the source. */
function compiled(file) {
  return file.replace('/src/', '/dist/').replace(/\.ts$/, '.js')
}

function groupEnd(child, limitMs) {
  return new Promise(resolve => {
    let isLate = false
    const kill = signal => {
      try {
        process.kill(-child.pid, signal)
      } catch {
        // The group ended by itself in the meantime.
      }
    }
    const interrupt = () => {
      isInterrupted = true
      kill('SIGINT')
    }
    const timer = setTimeout(() => {
      isLate = true
      kill('SIGKILL')
    }, limitMs)
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
      resolve(isLate ? 'late' : (code ?? signal))
    })
  })
}

function summarize() {
  const count = outcome => outcomes.filter(each => each.outcome === outcome).length
  say(
    `\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped in ${secondsSince(startMs)}\n`,
  )
  for (const { outcome, name, file, skip } of outcomes) {
    const place = file === undefined ? '' : ` (${relative(ROOT, file)})`
    if (outcome === 'failed') say(`  failed: ${name.replace(`${ROOT}/`, '')}${place}\n`)
    if (outcome === 'skipped') say(`  ${skip.startsWith('skipped') ? skip : `skipped: ${skip}`}: ${name}${place}\n`)
    const isMissingTool = outcome === 'skipped' && process.env.REQUIRE_TOOLS === '1' && MISSING_TOOL.test(skip)
    if (isMissingTool) failures.push(`${skip.replace('skipped: ', '')} is missing, but REQUIRE_TOOLS=1`)
  }
  for (const name of repeated) say(`  failed at first: ${name}\n`)
  for (const failure of new Set(failures)) say(`  ${failure}\n`)
}
