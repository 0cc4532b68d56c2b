// `tradelane doctor`: what of this machine and its network would keep the gateway from running well, and what to do.

import type { Finding } from '../doctor/finding.js'
import { machineChecks } from '../doctor/machine-checks.js'
import { portChecks } from '../doctor/port-checks.js'
import { VENUE_MS_MAX, venueChecks } from '../doctor/venue-checks.js'
import { printLine } from '../print.js'
import type { Settings } from '../settings.js'
import { productVersion } from '../version.js'

const MARKS = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const

/** Resolves to the exit code: 1 where something fails. */
export async function doctor(settings: Settings, isJson: boolean): Promise<number> {
  if (!isJson) printLine(`tradelane ${productVersion()}; venues are tried for ${VENUE_MS_MAX / 1_000} s at most …`)
  const [ports, venues] = await Promise.all([portChecks(settings), venueChecks(settings)])
  const findings = [...machineChecks(settings), ...ports, ...venues]
  if (isJson) printLine(JSON.stringify({ version: productVersion(), findings }))
  else for (const line of findings.flatMap(linesOf)) printLine(line)
  const count = (level: Finding['level']): number => findings.filter(each => each.level === level).length
  if (!isJson) printLine(`${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`)
  return count('fail') > 0 ? 1 : 0
}

function linesOf({ check, level, found, advice }: Finding): readonly string[] {
  const line = `${MARKS[level]}  ${check}: ${found}`
  return advice === null ? [line] : [line, `      → ${advice}`]
}
