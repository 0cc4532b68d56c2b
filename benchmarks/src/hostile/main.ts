// `npm run hostile`: honest clients beside attackers on the product, and beside the same attackers on a plain listener. Exit code
// 0: every goal is met; 1: one is missed, or it was interrupted; 2: wrong usage; 3: none is missed, but the machine was too slow
// or too noisy to judge all.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killChildren } from '../run/child.js'
import { catchInterrupt, printLine } from '../run/command.js'
import { Arena, type AttackPlan, HONEST_CLIENTS } from './arena.js'
import { ATTACKS } from './attack-table.js'
import { type CertificateFiles, writeCertificate } from './certificate.js'
import { judgeAttack, type Verdict } from './judgement.js'
import { HELP, type HostileArguments, readArguments, TOGETHER } from './options.js'
import { confidenceOf, HEAD, rowOf } from './report.js'

/** Those that hurt most without defences: one of each kind. */
const WORST = ['unread-tail', 'pipelined-health', 'text-burst']
const SHARE_TOGETHER = 0.2
/** Its rate of trades alone would be too low. */
const SCENARIO = 'normal'
const PLAIN_DOORS = ['clients', 'admin']

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  let choice: HostileArguments | 'help'
  try {
    choice = readArguments(argv)
  } catch (error) {
    process.stderr.write(`hostile: ${error instanceof Error ? error.message : error}\n${HELP}`)
    return 2
  }
  if (choice === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const { isStopped } = catchInterrupt()
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-hostile-'))
  try {
    const verdicts = await measureAll(choice, await writeCertificate(folder))
    return exitCodeOf(verdicts)
  } catch (error) {
    if (!isStopped()) printLine(`The run broke: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    // Of a run that broke some may be left.
    killChildren()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureAll(choice: HostileArguments, certificate: CertificateFiles): Promise<readonly Verdict[]> {
  const { pairCount, windowMs, tradeRate, seed } = choice
  const { open, guarded } = plansOf(choice)
  const planCount = open.length + guarded.length
  printLine(`${planCount} attacks, ${pairCount} pairs each; ${HONEST_CLIENTS} honest clients, ${tradeRate} trades/s.`)
  printLine(confidenceOf(tradeRate, windowMs, pairCount))
  printLine(`Latencies and blocks in ms, memory in MB.\n${HEAD}`)
  const common = { certificate, windowMs, pairCount }
  const verdicts: Verdict[] = []
  for (const [plans, guard] of [
    [open, {}],
    [guarded, { guard: certificate }],
  ] as const) {
    if (plans.length === 0) continue
    const arena = await Arena.start({ ...common, victim: { scenario: SCENARIO, tradeRate, seed, ...guard } })
    try {
      for (const plan of plans) {
        const record = await arena.measure(plan)
        const judgement = judgeAttack(record, pairCount)
        verdicts.push(judgement.verdict)
        printLine(rowOf(record, judgement, `[${verdicts.length}/${planCount}]`))
      }
    } finally {
      await arena.stop()
    }
  }
  return verdicts
}

/** Attacks on the guarded port need a product of their own. */
function plansOf({ isQuick, only }: HostileArguments): Record<'open' | 'guarded', readonly AttackPlan[]> {
  const isWanted = (name: string): boolean => (only.length > 0 ? only.includes(name) : !isQuick || WORST.includes(name))
  const chosen = ATTACKS.filter(({ name }) => isWanted(name))
  const alone = ({ name }: { readonly name: string }): AttackPlan => ({ name, attacks: [name], share: 1 })
  const onPlainDoors = ATTACKS.filter(({ door }) => PLAIN_DOORS.includes(door)).map(({ name }) => name)
  const together = isWanted(TOGETHER) ? [{ name: TOGETHER, attacks: onPlainDoors, share: SHARE_TOGETHER }] : []
  return {
    open: [...chosen.filter(({ door }) => PLAIN_DOORS.includes(door)).map(alone), ...together],
    guarded: chosen.filter(({ door }) => door === 'guarded').map(alone),
  }
}

function exitCodeOf(verdicts: readonly Verdict[]): number {
  if (verdicts.includes('failed')) return 1
  return verdicts.includes('unmeasured') ? 3 : 0
}
