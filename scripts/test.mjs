// `npm test`: makes the workspace ready, then runs every test file in a process of its own; those that wait for no clock share
// three. Most files share the processors, several at a time; those that judge latency follow, one by one, with nothing beside
// them but what leaves them a processor. A test that fails has failed: nothing is run twice.
// Words select files by path (test-words.mjs): `npm test -- packages/shared`. REQUIRE_TOOLS=1 makes a test that was skipped
// because a tool is missing a failure. STRESS=long (`npm run stress`) lifts the time limit.

import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { ProcessorRoom } from './processor-room.mjs'
import { canPin, endYielding, killTestFiles, pauseYielding, runTestFiles, yieldingFileCount } from './test-file.mjs'
import {
  COMPUTED,
  END_TO_END,
  FILE_MS_MAX,
  isAlone,
  isLong,
  KINDS,
  kindOf,
  LANES,
  LATENCY,
  PACED,
  PRODUCT_THREADS,
  rank,
  STRESS,
  TOTAL_MS_MAX,
  UNIT,
  VIRTUAL,
  WAITING,
} from './test-kinds.mjs'
import { isSelected } from './test-words.mjs'
import { filesBelow, packageFolders, ROOT, say, secondsSince } from './workspace.mjs'

const MISSING_TOOL = /^skipped: (python3-websockets|promtool|tmux|chromium)\b/

const startMs = performance.now()
const words = process.argv.slice(2)
const failures = []
const results = []
const room = new ProcessorRoom()
/** Files that run and do not yield. */
let sharingCount = 0
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
 * Most files wait half of their time, so there are more at a time than processors, and each starts when these have room for it.
 * What waits for no clock takes what is left of one processor from the beginning, and is paused while latency needs that too.
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
  room.start(yieldingFileCount)
  const sharing = repeated(processors, [others, waiting])
  await runEach([...repeated(processors, [endToEnd, others, waiting]), ...sharing, [lanes, waiting]])
  room.stop()
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

/** Other runners take from the same queues. */
async function runAll(queues, options) {
  for (const queue of queues) {
    for (let next = queue.shift(); next !== undefined && !isInterrupted; next = queue.shift())
      await runOne(next, options)
  }
}

async function runOne({ file, beside = [], kind }, options) {
  const { environment, isYielding = false, fileMsMax = FILE_MS_MAX } = kind
  if (!isYielding) await room.wait(kind === END_TO_END ? PRODUCT_THREADS : 1, () => sharingCount === 0)
  if (isInterrupted) return
  const remainingMs = TOTAL_MS_MAX - (performance.now() - startMs)
  if (remainingMs < 1_000) return void failures.push(`no time left for ${[file, ...beside].join(', ')}`)
  if (!isYielding) sharingCount += 1
  const found = await runTestFiles([file, ...beside], {
    environment,
    isYielding,
    msMax: Math.min(fileMsMax, remainingMs),
    ...options,
  })
  if (!isYielding) sharingCount -= 1
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
    if (outcome === 'failed') failures.push(`${name} (${file})`)
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
  for (const failure of new Set(failures)) say(`  FAILED ${failure}\n`)
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
