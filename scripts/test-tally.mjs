// A reporter for `node:test`: one JSON line per finished test, which test.mjs sums up, and at the end one with the CPU time
// that the process and its children took. Suites are left out, for their tests are counted, except a suite that was skipped.

import { readFileSync } from 'node:fs'

const TICKS_PER_S = 100
/** Of `/proc/self/stat`, after the name: user and system time of children that have ended, in ticks. */
const CHILDREN_FIELDS = [13, 14]

/** @public named on the command line of Node */
export default async function* tally(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const skip = data.skip === undefined || data.skip === false ? undefined : String(data.skip)
    if (data.details?.type === 'suite' && skip === undefined) continue
    const outcome = skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
    yield `${JSON.stringify({ outcome, name: data.name, skip })}\n`
  }
  yield `${JSON.stringify({ cpuS: cpuSeconds() })}\n`
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
