// Prometheus' own judge of rules and metrics.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

export function hasPromtool(): boolean {
  return spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0
}

/** What it said, where it found anything wrong. */
export function promtool(args: readonly string[], input = ''): string | null {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  return status === 0 ? null : `${stdout}${stderr}`
}

/** What it has to say of these rules. */
export function checkRules(folder: string, rules: readonly object[]): string | null {
  const path = join(folder, 'rules.yml')
  writeFileSync(path, stringify({ groups: [{ name: 'test', rules }] }))
  return promtool(['check', 'rules', '--lint=all', '--lint-fatal', path])
}

/** Two scrapes, and the alerts that they mean when each has lasted for a while: none for the first. */
export interface AlertCase {
  readonly name: string
  readonly before: string
  readonly after: string
  /** The second scrape is repeated with what has changed added each time; else with equal figures. */
  readonly isGrowing?: true
  /** After the change. */
  readonly atMin: number
  readonly firing: readonly string[]
}

/** More than any rule waits, after its window of ten minutes. */
const BEFORE_MIN = 16
const SCRAPE_S = 15

export function testAlerts(folder: string, rulesPath: string, cases: readonly AlertCase[]): string | null {
  const path = join(folder, 'cases.yml')
  writeFileSync(path, stringify({ rule_files: [rulesPath], evaluation_interval: '15s', tests: cases.map(testOf) }))
  return promtool(['test', 'rules', path])
}

function testOf({ name, before, after, isGrowing, atMin, firing }: AlertCase): object {
  const expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
  const expected = firing.map(alert => ({ labels: `{alertname="${alert}"}`, value: 1 }))
  return {
    name,
    interval: `${SCRAPE_S}s`,
    input_series: seriesOf(before, after, isGrowing === true),
    promql_expr_test: [
      { expr, eval_time: `${BEFORE_MIN - 1}m`, exp_samples: [] },
      { expr, eval_time: `${BEFORE_MIN + atMin}m`, exp_samples: expected },
    ],
  }
}

/** A series that one of them does not have is absent while it lasts. */
function seriesOf(before: string, after: string, isGrowing: boolean): object[] {
  const [first, second] = [samplesOf(before), samplesOf(after)]
  return [...new Set([...first.keys(), ...second.keys()])].map(series => {
    const [was, is] = [first.get(series), second.get(series)]
    const step = isGrowing ? Number(is) - Number(was) : 0
    return { series: withInstance(series), values: `${run(was, 0)} ${run(is, step)}` }
  })
}

function withInstance(series: string): string {
  return series.includes('{') ? series.replace('}', ',instance="a:1"}') : `${series}{instance="a:1"}`
}

function run(value: string | undefined, step: number): string {
  const times = (BEFORE_MIN * 60) / SCRAPE_S
  if (value === undefined) return `_x${times}`
  // A figure that fell meanwhile has a sign of its own.
  return `${plainOf(value)}${step < 0 ? '-' : '+'}${plainOf(String(Math.abs(step)))}x${times - 1}`
}

/** The notation of promtool knows no negative exponent. */
function plainOf(value: string): string {
  return Number.isFinite(Number(value)) ? Number(value).toFixed(9) : value
}

export function samplesOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter(line => /^[^#\s]/.test(line))
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
}
