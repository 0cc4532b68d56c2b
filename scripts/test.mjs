// `npm test`: makes the workspace ready, then runs every test file in a process of its own; those that wait for no clock share
// three. Most files share the processors, several at a time; those that judge latency follow, one by one, with nothing beside them but what leaves them a processor. A
// test that fails has failed: nothing is run twice.
// Words select files by path (test-words.mjs): `npm test -- packages/shared`. REQUIRE_TOOLS=1 makes a test that was skipped
// because a tool is missing a failure. STRESS=long (`npm run stress`) lifts the time limit.

import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { canPin, endYielding, killTestFiles, pauseYielding, runTestFiles } from './test-file.mjs'
import { isSelected } from './test-words.mjs'
import { filesBelow, packageFolders, ROOT, say, secondsSince } from './workspace.mjs'

const isLong = process.env.STRESS === 'long'
const TOTAL_MS_MAX = isLong ? 7_200_000 : 780_000
const FILE_MS_MAX = isLong ? 3_600_000 : 200_000
// Beside other tests a thread that yields to every other one would hardly show a book, or an admin page; and what is compiled
// before a port opens is worth it only where latency is judged.
const SHARING = { L2_NICE: '0', ADMIN_NICE: '0', WARM_UP_MS: '0' }
// A file belongs to the first kind that it matches.
const LATENCY = {
  title: 'latency, end to end',
  matches: file => /\.timed\.e2e\.test\.m?js$/.test(file),
  fileMsMax: isLong ? FILE_MS_MAX : 120_000,
}
/** Of these: they take both processors, or come near their limits when another process takes one. */
const ALONE = ['packages/gateway/dist/crowd.', 'e2e/dist/page-feel.', 'e2e/dist/promise.', 'scripts/package.']
/** Two of them take about a processor. */
const PACED = {
  title: 'latency at a normal rate',
  matches: file => file.endsWith('.paced.e2e.test.js'),
  fileMsMax: LATENCY.fileMsMax,
}
const VIRTUAL = {
  title: 'virtual time',
  matches: file => file.includes('/virtual/'),
  isYielding: true,
  // Each file by itself would load, and the engine compile, the same again.
  processCount: 2,
  // It gets what the other tests leave.
  fileMsMax: TOTAL_MS_MAX,
}
/** Neither threads nor sockets, and no clock but simulated ones. */
const CLOCKLESS = [
  'packages/venues/',
  'packages/gateway/dist/priority-merge.property.',
  'packages/ingest/dist/silence/false-alarms.',
  'packages/l2-worker/dist/instrument-book.',
  'packages/l2-worker/dist/l2-agent.',
  'packages/venue-sim/dist/market/',
  'packages/venue-sim/dist/schedule/schedule.',
]
const COMPUTED = {
  title: 'tests that wait for no clock',
  matches: file => CLOCKLESS.some(start => file.startsWith(start)),
  isYielding: true,
  processCount: 1,
  fileMsMax: VIRTUAL.fileMsMax,
}
/** As many records as a time allows, and so many at least: they cannot yield, and so are not beside what is judged by latency. */
const LANES = { title: 'stress tests of lanes', matches: file => /\/lanes\/[^/]*\.stress\.js$/.test(file) }
const END_TO_END = { title: 'end-to-end tests', matches: file => file.endsWith('.e2e.test.js'), environment: SHARING }
const STRESS = { title: 'stress tests', matches: file => file.endsWith('.stress.js') }
/** They take a fifth of a processor. */
const WAITING_FILES = [
  'packages/admin/dist/http/limits.',
  'packages/gateway/dist/gateway-metrics.',
  'packages/gateway/dist/uws-limits.',
  'packages/ingest/dist/connection/',
  'packages/probe/',
  'packages/server/dist/crash-loop.',
  'packages/server/dist/doctor/',
  'packages/venue-sim/',
]
const WAITING = {
  title: 'unit tests that mostly wait',
  matches: file => WAITING_FILES.some(start => file.startsWith(start)),
  fileMsMax: isLong ? FILE_MS_MAX : 100_000,
}
const UNIT = { title: 'unit tests', matches: () => true, fileMsMax: WAITING.fileMsMax }
/** They take longest: a short file is left over at the end rather than one of these. */
const LONGEST = [
  'e2e/dist/patience.',
  'e2e/dist/virtual/virtual-hour.',
  'e2e/dist/virtual/virtual-silence.',
  'benchmarks/dist/hostile/hostile.',
  'benchmarks/dist/hostile/descriptors.',
  'e2e/dist/captures.',
  'e2e/dist/topologies.',
  'packages/server/dist/admin-faults.',
  'packages/gateway/dist/uws-limits.',
]
const KINDS = [LATENCY, PACED, VIRTUAL, COMPUTED, LANES, END_TO_END, STRESS, WAITING, UNIT]
const MISSING_TOOL = /^skipped: (python3-websockets|promtool|tmux|chromium)\b/

const startMs = performance.now()
const words = process.argv.slice(2)
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
  await runInOrder(files)
  summarize()
} else {
  failures.push('the preparation failed')
}
process.exitCode = failures.length === 0 ? 0 : 1

/**
 * Most files wait half of their time, so one more than there are processors keeps all of them busy; one that mostly waits comes
 * beside them. The whole product of an end-to-end test has several threads: of these there are never more than processors. What
 * waits for no clock takes what is left of one processor from the beginning, and is paused while latency needs that too.
 */
async function runInOrder(files) {
  const of = (...kinds) => files.filter(({ kind }) => kinds.includes(kind))
  const [endToEnd, others, waiting, lanes] = [of(END_TO_END), of(UNIT), of(STRESS, WAITING), of(LANES)]
  const [paced, latency] = [of(PACED), of(LATENCY)]
  const clockless = isLong ? of(VIRTUAL, COMPUTED) : [VIRTUAL, COMPUTED].flatMap(kind => grouped(kind, of(kind)))
  const processors = availableParallelism()
  if (isLong) {
    endYielding()
    await runEach(repeated(2 * processors, [endToEnd, of(WAITING, UNIT)]))
    return await runAll([of(STRESS), lanes, clockless, paced, latency])
  }
  const beside = canPin && processors > 1 ? runAll([clockless], { isPinned: true }) : undefined
  const [alone, accompanied] = [true, false].map(is => latency.filter(({ file }) => is === isAlone(file)))
  // Of the stress tests of lanes one at a time: they need both processors to be at odds.
  await runEach([...repeated(processors, [endToEnd, others, waiting]), [others, waiting], [lanes, waiting]])
  await runEach(repeated(2, [paced]))
  await runAll([accompanied])
  pauseYielding(true)
  await runAll([alone])
  pauseYielding(false)
  endYielding()
  await Promise.all([beside, runEach(repeated(processors, [clockless]))])
}

/** One entry per process, which goes on with the files `beside`. */
function grouped(kind, files) {
  const groups = Array.from({ length: Math.min(kind.processCount, files.length) }, () => [])
  for (const [index, { file }] of files.entries()) groups[index % groups.length].push(file)
  return groups.map(([file, ...beside]) => ({ file, beside, kind }))
}

function runEach(runners) {
  return Promise.all(runners.map(queues => runAll(queues)))
}

function isAlone(file) {
  return ALONE.some(start => file.startsWith(start))
}

function repeated(count, each) {
  return Array.from({ length: count }, () => each)
}

/** As `{ file, kind }`, kind by kind, the longest first; of the others the largest file, which probably takes longest. */
function testFiles() {
  const own = filesBelow(join(ROOT, 'scripts')).filter(file => file.endsWith('.test.mjs'))
  const built = packageFolders().flatMap(folder =>
    filesBelow(join(ROOT, folder, 'dist'))
      .filter(file => file.endsWith('.test.js') || file.endsWith('.stress.js'))
      .map(file => `${folder}/dist/${file}`),
  )
  return [...own.map(file => `scripts/${file}`), ...built]
    .filter(file => isSelected(file, words))
    .map(file => ({ file, kind: kindOf(file), bytes: statSync(join(ROOT, file)).size }))
    .sort((left, right) => KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind) || rank(left) - rank(right))
}

function rank({ file, bytes }) {
  const index = LONGEST.findIndex(start => file.startsWith(start))
  return index === -1 ? LONGEST.length + 1 / bytes : index
}

function kindOf(file) {
  return KINDS.find(({ matches }) => matches(file))
}

/** Other runners take from the same queues. */
async function runAll(queues, options) {
  for (const queue of queues) {
    for (let next = queue.shift(); next !== undefined && !isInterrupted; next = queue.shift())
      await runOne(next, options)
  }
}

async function runOne({ file, beside = [], kind }, options) {
  const remainingMs = TOTAL_MS_MAX - (performance.now() - startMs)
  if (remainingMs < 1_000) return void failures.push(`no time left for ${[file, ...beside].join(', ')}`)
  const { environment, isYielding, fileMsMax = FILE_MS_MAX } = kind
  const found = await runTestFiles([file, ...beside], {
    environment,
    isYielding,
    msMax: Math.min(fileMsMax, remainingMs),
    ...options,
  })
  for (const result of found) {
    results.push({ ...result, kind })
    report(result)
  }
}

/** One line, and all that the file printed where it is looked for. */
function report({ file, output, tests, cpuS, wallS, fault }) {
  const isFailed = fault !== null || tests.some(({ outcome }) => outcome === 'failed')
  if (output !== '' && (isFailed || words.length > 0)) say(`\n${output}`)
  const times = `${wallS.toFixed(1)} s, ${cpuS.toFixed(1)} s of CPU`
  say(`${isFailed ? 'FAILED' : 'ok    '} ${file}: ${tests.length} tests, ${times}${fault ? `, ${fault}` : ''}\n`)
  if (fault !== null && !isInterrupted) failures.push(`${file}: ${fault}`)
  for (const { outcome, name, skip } of tests) {
    if (outcome === 'failed') failures.push(`failed: ${name} (${file})`)
    const isMissingTool = outcome === 'skipped' && process.env.REQUIRE_TOOLS === '1' && MISSING_TOOL.test(skip)
    if (isMissingTool) failures.push(`${skip.replace('skipped: ', '')} is missing, but REQUIRE_TOOLS=1`)
  }
}

function summarize() {
  if (isInterrupted) failures.push('interrupted')
  say('\n')
  for (const kind of KINDS) sayKind(kind)
  const tests = results.flatMap(({ file, tests }) => tests.map(test => ({ ...test, file })))
  for (const { outcome, name, skip, file } of tests) {
    if (outcome === 'skipped') say(`  ${skip.startsWith('skipped') ? skip : `skipped: ${skip}`}: ${name} (${file})\n`)
  }
  for (const failure of new Set(failures)) say(`  ${failure}\n`)
  const count = outcome => tests.filter(each => each.outcome === outcome).length
  say(`\nAll of it took ${secondsSince(startMs)}.\n`)
  say(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`)
}

function sayKind(kind) {
  const ofKind = results.filter(result => result.kind === kind)
  if (ofKind.length === 0) return
  const sum = of => ofKind.reduce((total, result) => total + of(result), 0)
  const testCount = sum(({ tests }) => tests.length)
  const times = `${sum(({ wallS }) => wallS).toFixed(0)} s in all files, ${sum(({ cpuS }) => cpuS).toFixed(0)} s of CPU`
  say(`${kind.title}: ${ofKind.length} files, ${testCount} tests, ${times}\n`)
}
