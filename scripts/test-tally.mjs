// A reporter for `node:test`: one JSON line per finished test, which test.mjs sums up, and at the end one with the CPU time
// that the process and its children took. Suites have no outcome, for their tests are counted, except a suite that was skipped.
// What is declared at the top of a file has its duration in `ms`.

import { readFileSync } from 'node:fs'

const TICKS_PER_S = 100
/** Of `/proc/self/stat`, after the name: user and system time of children that have ended, in ticks. */
const CHILDREN_FIELDS = [13, 14]

/** @public named on the command line of Node */
export default async function* tally(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const skip = data.skip === undefined || data.skip === false ? undefined : String(data.skip)
    if (data.file?.endsWith('/scripts/test-group.mjs')) continue
    const isCounted = data.details?.type !== 'suite' || skip !== undefined
    const outcome = skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
    const ms = data.nesting === 0 ? data.details.duration_ms : 0
    yield line({ outcome: isCounted ? outcome : undefined, name: data.name, skip, file: data.file, ms })
  }
  yield line({ cpuS: cpuSeconds() })
}

function line(found) {
  return `${JSON.stringify(found)}\n`
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + childrenSeconds()
}

function childrenSeconds() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
    return CHILDREN_FIELDS.reduce((sum, field) => sum + Number(fields[field]) / TICKS_PER_S, 0)
  } catch {
    // Linux only.
    return 0
  }
}
