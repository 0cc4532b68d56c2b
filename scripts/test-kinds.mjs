// Which tests may share the processors with which: the kinds of test files, in the order in which they start.

export const isLong = process.env.STRESS === 'long'
// Limits for what hangs: a machine that is half as fast is not at fault.
export const TOTAL_MS_MAX = isLong ? 7_200_000 : 1_800_000
export const FILE_MS_MAX = isLong ? 3_600_000 : 450_000
// Beside other tests a thread that yields to every other one would hardly show a book, or an admin page; and what is compiled
// before a port opens is worth it only where latency is judged.
const SHARING = { L2_NICE: '0', ADMIN_NICE: '0', WARM_UP_MS: '0' }
// A file belongs to the first kind that it matches.
export const LATENCY = { title: 'latency, end to end', matches: file => /\.timed\.e2e\.test\.m?js$/.test(file) }
/** Of these: they take both processors, or come near their limits when another process takes one. */
const ALONE = ['packages/gateway/dist/crowd.', 'e2e/dist/page-feel.', 'e2e/dist/promise.', 'scripts/package.']
/** Two of them take about a processor. */
export const PACED = { title: 'latency at a normal rate', matches: file => file.endsWith('.paced.e2e.test.js') }
export const VIRTUAL = {
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
export const COMPUTED = {
  title: 'tests that wait for no clock',
  matches: file => CLOCKLESS.some(start => file.startsWith(start)),
  isYielding: true,
  processCount: 1,
  fileMsMax: TOTAL_MS_MAX,
}
/** As many records as a time allows, and so many at least: they cannot yield, and so are not beside what is judged by latency. */
export const LANES = { title: 'stress tests of lanes', matches: file => /\/lanes\/[^/]*\.stress\.js$/.test(file) }
export const END_TO_END = {
  title: 'end-to-end tests',
  matches: file => file.endsWith('.e2e.test.js'),
  environment: SHARING,
}
export const STRESS = { title: 'stress tests', matches: file => file.endsWith('.stress.js') }
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
export const WAITING = {
  title: 'unit tests that mostly wait',
  matches: file => WAITING_FILES.some(start => file.startsWith(start)),
}
/** Busy ones of a whole product with simulated venues. */
export const PRODUCT_THREADS = 3
export const UNIT = { title: 'unit tests', matches: () => true }
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
export const KINDS = [LATENCY, PACED, VIRTUAL, COMPUTED, LANES, END_TO_END, STRESS, WAITING, UNIT]

export function isAlone(file) {
  return ALONE.some(start => file.startsWith(start))
}

/** The lowest starts first: those that take longest, then the largest file. */
export function rank({ file, bytes }) {
  const index = LONGEST.findIndex(start => file.startsWith(start))
  return index === -1 ? LONGEST.length + 1 / bytes : index
}

export function kindOf(file) {
  return KINDS.find(({ matches }) => matches(file))
}
