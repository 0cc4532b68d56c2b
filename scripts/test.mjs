// `npm test`: makes the workspace ready, then runs every test file in a process of its own. End-to-end, stress and unit tests
// share the processors, several files at a time; those that judge latency follow, the demanding ones one by one, because they
// need the processors for themselves. A test that fails has failed: nothing is run twice.
// Words select files by path, of the source or the compiled file: `npm test -- packages/shared`. REQUIRE_TOOLS=1 makes a test
// that was skipped because a tool is missing a failure. STRESS=long (`npm run stress`) lifts the time limit.

import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { killTestFiles, runTestFile } from './test-file.mjs'
import { filesBelow, packageFolders, ROOT, say, secondsSince } from './workspace.mjs'

const isLong = process.env.STRESS === 'long'
const TOTAL_MS_MAX = isLong ? 7_200_000 : 780_000
const FILE_MS_MAX = isLong ? 3_600_000 : 200_000
/** Most files wait half of their time. */
const FILES_PER_PROCESSOR = 2
// Beside other tests an L2 worker that yields to every other thread would hardly show a book.
const SHARING = { L2_NICE: '0' }
// In the order of their start. A file belongs to the kind with the longest ending that it has.
const KINDS = [
  { title: 'end-to-end tests', ending: '.e2e.test.js', isShared: true, environment: SHARING },
  { title: 'stress tests', ending: '.stress.js', isShared: !isLong },
  { title: 'unit tests', ending: '', isShared: true, fileMsMax: isLong ? FILE_MS_MAX : 100_000 },
  { title: 'latency, end to end', ending: '.timed.e2e.test.js', isShared: false },
]
/** Latency tests that take little of the processors: side by side in the minute that the client scripts of the first take. */
const LIGHT = /\/(patience|credit-clients|gates)\.timed\./
const MISSING_TOOL = /^skipped: python3-websockets\b/

const startMs = performance.now()
const words = process.argv.slice(2).map(word => word.replace(/\.ts$/, ''))
const failures = []
const results = []
let isInterrupted = false

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isInterrupted = true
    killTestFiles('SIGKILL')
  })
}
if (await prepare()) {
  const files = testFiles()
  if (files.length === 0) failures.push('no test file matches')
  await runAll(
    files.filter(({ kind }) => kind.isShared),
    availableParallelism() * FILES_PER_PROCESSOR,
  )
  const alone = files.filter(({ kind }) => !kind.isShared)
  const isLight = ({ file }) => LIGHT.test(file) && !isLong
  await runAll(alone.filter(isLight).sort(longestFirst), 2)
  await runAll(
    alone.filter(each => !isLight(each)),
    1,
  )
  summarize(files)
} else {
  failures.push('the preparation failed')
}
process.exitCode = failures.length === 0 ? 0 : 1

/** As `{ file, kind }`, kind by kind, the largest first: it probably takes longest, and nothing is left to run beside the last. */
function testFiles() {
  const own = filesBelow(join(ROOT, 'scripts')).filter(file => file.endsWith('.test.mjs'))
  const built = packageFolders().flatMap(folder =>
    filesBelow(join(ROOT, folder, 'dist'))
      .filter(file => file.endsWith('.test.js') || file.endsWith('.stress.js'))
      .map(file => `${folder}/dist/${file}`),
  )
  const isChosen = file => words.some(word => file.includes(word) || file.replace('/dist/', '/src/').includes(word))
  return [...own.map(file => `scripts/${file}`), ...built]
    .filter(file => words.length === 0 || isChosen(file))
    .map(file => ({ file, kind: kindOf(file), bytes: statSync(join(ROOT, file)).size }))
    .sort((left, right) => KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind) || right.bytes - left.bytes)
}

/** Of the light ones: `patience` takes a minute. */
function longestFirst(left, right) {
  return Number(right.file.includes('/patience.')) - Number(left.file.includes('/patience.'))
}

function kindOf(file) {
  const kinds = KINDS.filter(({ ending }) => file.endsWith(ending))
  return kinds.reduce((longest, kind) => (kind.ending.length > longest.ending.length ? kind : longest))
}

async function runAll(files, concurrency) {
  const pending = [...files]
  const runNext = async () => {
    for (let next = pending.shift(); next !== undefined && !isInterrupted; next = pending.shift()) await runOne(next)
  }
  await Promise.all(Array.from({ length: concurrency }, runNext))
}

async function runOne({ file, kind }) {
  const remainingMs = TOTAL_MS_MAX - (performance.now() - startMs)
  if (remainingMs < 1_000) return void failures.push(`no time left for ${file}`)
  const { environment, fileMsMax = FILE_MS_MAX } = kind
  const result = await runTestFile(file, { environment, msMax: Math.min(fileMsMax, remainingMs) })
  results.push({ ...result, kind })
  report(result)
}

/** One line, and all that the file printed where it is looked for. */
function report({ file, output, tests, cpuS, wallS, fault }) {
  const isFailed = fault !== null || tests.some(({ outcome }) => outcome === 'failed')
  if (isFailed || words.length > 0) say(`\n${output}`)
  const times = `${wallS.toFixed(1)} s, ${cpuS.toFixed(1)} s of CPU`
  say(`${isFailed ? 'FAILED' : 'ok    '} ${file}: ${tests.length} tests, ${times}${fault ? `, ${fault}` : ''}\n`)
  if (fault !== null && !isInterrupted) failures.push(`${file}: ${fault}`)
  for (const { outcome, name, skip } of tests) {
    if (outcome === 'failed') failures.push(`failed: ${name} (${file})`)
    const isMissingTool = outcome === 'skipped' && process.env.REQUIRE_TOOLS === '1' && MISSING_TOOL.test(skip)
    if (isMissingTool) failures.push(`${skip.replace('skipped: ', '')} is missing, but REQUIRE_TOOLS=1`)
  }
}

function summarize(files) {
  if (isInterrupted) failures.push('interrupted')
  say('\n')
  for (const kind of KINDS) sayKind(kind, files.filter(each => each.kind === kind).length)
  const tests = results.flatMap(({ file, tests }) => tests.map(test => ({ ...test, file })))
  for (const { outcome, name, skip, file } of tests) {
    if (outcome === 'skipped') say(`  ${skip.startsWith('skipped') ? skip : `skipped: ${skip}`}: ${name} (${file})\n`)
  }
  for (const failure of new Set(failures)) say(`  ${failure}\n`)
  const count = outcome => tests.filter(each => each.outcome === outcome).length
  say(`\nAll of it took ${secondsSince(startMs)}.\n`)
  say(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`)
}

function sayKind(kind, fileCount) {
  const ofKind = results.filter(result => result.kind === kind)
  if (fileCount === 0) return
  const sum = of => ofKind.reduce((total, result) => total + of(result), 0)
  const testCount = sum(({ tests }) => tests.length)
  const times = `${sum(({ wallS }) => wallS).toFixed(0)} s in all files, ${sum(({ cpuS }) => cpuS).toFixed(0)} s of CPU`
  say(`${kind.title}: ${fileCount} files, ${testCount} tests, ${times}\n`)
}
