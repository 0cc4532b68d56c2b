// What the product did wrong in an attack, whatever the speed of the machine.

import type { AttackRecord } from './attack-record.js'
import { EXPECTATIONS, type Expectation } from './expectations.js'
import { MEMORY_GROWTH_BYTES_MAX } from './limits.js'
import type { Tally } from './tally.js'

/** One line each. */
export function faultsOf({
  name,
  memory,
  counted,
  tallies,
  ended,
}: Pick<AttackRecord, 'name' | 'memory' | 'counted' | 'tallies' | 'ended'>): string[] {
  const faults = ended === null ? [] : [`the product ended: ${ended}`]
  const growth = memory.peakBytes - memory.startBytes
  if (growth > MEMORY_GROWTH_BYTES_MAX) {
    faults.push(`memory grew by ${megabytes(growth)} MB (limit ${megabytes(MEMORY_GROWTH_BYTES_MAX)})`)
  }
  return [...faults, ...defenceFaults({ name, counted, tallies })]
}

/** What an attack should have met, and has not; it may only need more time. */
export function defenceFaults({
  name,
  counted,
  tallies,
}: Pick<AttackRecord, 'name' | 'counted' | 'tallies'>): string[] {
  const faults: string[] = []
  // An attack that does nothing would be borne by anything.
  if (!Object.values(tallies).some(({ connections, refused }) => connections + refused > 0)) {
    faults.push('no attacker has connected')
  }
  const expected = EXPECTATIONS[name]
  if (expected === undefined) return faults
  const { counters } = expected
  if (counters.length > 0 && !counters.some(counter => (counted[counter] ?? 0) > 0)) {
    faults.push(`nothing was refused: none of ${counters.join(', ')} has grown`)
  }
  return [...faults, ...Object.values(tallies).flatMap(tally => seenFaults(tally, expected))]
}

/** What the attackers should not have seen, or should have. */
function seenFaults(tally: Tally, { answersPerConnectionMax, endedWith, endedShareMin = 0 }: Expectation): string[] {
  const faults: string[] = []
  if (answersPerConnectionMax !== undefined && tally.answersPerConnectionMax > answersPerConnectionMax) {
    faults.push(`one connection got ${tally.answersPerConnectionMax} answers (limit ${answersPerConnectionMax})`)
  }
  const endedCount = Object.values(tally.closes).reduce((sum, count) => sum + count, 0)
  if (endedCount < endedShareMin * tally.connections) {
    faults.push(`${endedCount} of ${tally.connections} connections were ended; expected ${endedShareMin * 100} %`)
  }
  if (endedWith !== undefined && !endedWith.some(how => tally.closes[how] !== undefined)) {
    const seen = Object.entries(tally.closes).map(([how, count]) => `${how} ${count}`)
    faults.push(`connections ended: ${seen.join(', ') || 'none'}; expected ${endedWith.join(' or ')}`)
  }
  return faults
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
