// What the machine allows: Node and the native server, descriptors, processors, priorities.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { chooseBuild, describeMachine, loadUws } from '@tradelane/gateway/uws'
import { OpenDescriptors } from '../open-descriptors.js'
import type { Settings } from '../settings.js'
import { topologyOf } from '../topology.js'
import { type Finding, fail, ok, warn } from './finding.js'

const NODE_MAJORS = [20, 22, 24]
/** Beside those of clients: venues, files, threads, and what is held in reserve. */
const OWN_DESCRIPTORS = 512
const NEUTRAL_NICE = 20
const CAP_SYS_NICE = 1n << 23n

export function machineChecks(settings: Settings): readonly Finding[] {
  return [
    nodeCheck(process.versions.node),
    addonCheck(),
    descriptorCheck(settings, new OpenDescriptors().max),
    processorCheck(settings, availableParallelism()),
    nicenessCheck(settings, lowestNice()),
  ]
}

export function nodeCheck(version: string): Finding {
  const major = Number(version.split('.')[0])
  if (NODE_MAJORS.includes(major)) return ok('node', version)
  const advice = `use Node.js ${NODE_MAJORS.join(', ')}`
  return major < 20 ? fail('node', version, advice) : warn('node', `${version}, never tried`, advice)
}

function addonCheck(): Finding {
  const machine = describeMachine()
  const { platform, arch, glibc = 'absent' } = machine
  try {
    loadUws()
    return ok('addon', `${chooseBuild(machine)} loads; ${platform}-${arch}, glibc ${glibc}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail('addon', reason, 'use one of these systems, for example Debian 12 with Node.js 20')
  }
}

export function descriptorCheck({ clientsMax }: Settings, limit: number): Finding {
  const wanted = clientsMax + OWN_DESCRIPTORS
  const found = `${limit} may be open; CLIENTS_MAX=${clientsMax} may need ${wanted}`
  const advice = `ulimit -n ${wanted}, or LimitNOFILE=${wanted} in the systemd unit, or a smaller CLIENTS_MAX`
  return limit >= wanted ? ok('descriptors', found) : warn('descriptors', found, advice)
}

export function processorCheck(settings: Settings, processors: number): Finding {
  const found = `${processors} for ${topologyOf(settings).threads.length} threads`
  const advice = 'give it two or more: with one, a trade waits for the processor while a book is built'
  return processors > 1 ? ok('processors', found) : warn('processors', found, advice)
}

export function nicenessCheck({ l2Nice, tradeNice }: Settings, lowest: number | null): Finding {
  if (lowest === null) {
    const found = 'threads have no priorities of their own on this system'
    return warn('niceness', found, 'use Linux where books must not take processor time from trades')
  }
  const found = `down to ${lowest} permitted; TRADE_NICE=${tradeNice}, L2_NICE=${l2Nice}`
  if (tradeNice < lowest) {
    const remedy = `LimitNICE=${tradeNice} in the systemd unit, or TRADE_NICE=0: threads that carry trades keep the normal priority`
    return warn('niceness', found, remedy)
  }
  const advice = 'set L2_NICE=10: at 0, threads that build books compete with those that carry trades'
  return l2Nice > 0 ? ok('niceness', found) : warn('niceness', found, advice)
}

/** Null where the system does not tell. */
function lowestNice(): number | null {
  try {
    const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0'
    if ((BigInt(`0x${capabilities}`) & CAP_SYS_NICE) !== 0n) return -NEUTRAL_NICE
    const soft = Number(/^Max nice priority +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1])
    return soft > 0 ? NEUTRAL_NICE - soft : 0
  } catch {
    return null
  }
}
