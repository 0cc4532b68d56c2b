// The report as one HTML file that needs no network: template, styles, scripts, chart library and data.

import { readFile } from 'node:fs/promises'
import type { Baseline } from './baseline.js'
import type { GateResult } from './gates.js'
import type { GoalResult } from './goals.js'
import { CURVE_PERCENTILES } from './latency-figures.js'
import type { Machine } from './machine.js'
import type { Ratio } from './ratios.js'
import type { Row } from './summary.js'

export interface BenchReport {
  /** ISO time. */
  readonly startedAt: string
  readonly machine: Machine
  readonly roundCount: number
  /** The variants. */
  readonly about: readonly Description[]
  readonly scenarios: readonly Description[]
  readonly rows: readonly Row[]
  readonly ratios: readonly Ratio[]
  readonly goals: readonly GoalResult[]
  readonly gates: readonly GateResult[]
  readonly baseline: Baseline
}

interface Description {
  readonly name: string
  readonly about: string
}

const FOLDER = new URL('../../report/', import.meta.url)

export async function formatPage(report: BenchReport): Promise<string> {
  const [template, ...assets] = await Promise.all(
    [
      new URL('page.html', FOLDER),
      new URL(import.meta.resolve('uplot/dist/uPlot.min.css')),
      new URL('page.css', FOLDER),
      new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js')),
      new URL('page.js', FOLDER),
    ].map(url => readFile(url, 'utf8')),
  )
  const [chartStyle, style, chartScript, script] = assets
  const styles = `<style>${chartStyle}${style}</style>`
  const data = `<script type="application/json" id="report">${jsonForScript(report)}</script>`
  const scripts = `${data}<script>${chartScript}</script><script>${script}</script>`
  // Functions, because in a replacement text `$&` and the like have a meaning.
  return (template ?? '').replace('<!-- styles -->', () => styles).replace('<!-- scripts -->', () => scripts)
}

/** Escaped so that no text in it ends the script element. */
function jsonForScript(report: BenchReport): string {
  return JSON.stringify({ ...report, curvePercentiles: CURVE_PERCENTILES }).replaceAll('<', '\\u003c')
}
