// The last accepted run, as ratios: `baseline.json`, kept with the sources. `npm run bench -- --accept` writes it.

import { readFile, writeFile } from 'node:fs/promises'
import type { Ratio } from './ratios.js'

export interface Baseline {
  /** A later run fails when a ratio is above the accepted one by more than this factor. */
  readonly margin: number
  readonly ratios: Readonly<Record<string, number>>
}

const RATIO_DIGITS = 3

/** Throws an Error that names the file. */
export async function readBaseline(path: string): Promise<Baseline> {
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (!isBaseline(parsed)) throw new Error(`${path} is no baseline: margin above 1 and positive ratios are expected`)
  return parsed
}

/** Ratios that this run does not have are kept. */
export function accept({ margin, ratios }: Baseline, measured: readonly Ratio[]): Baseline {
  const taken = measured.flatMap(({ spec, value }) =>
    value === null ? [] : [[spec.name, Number(value.median.toPrecision(RATIO_DIGITS))] as const],
  )
  return { margin, ratios: { ...ratios, ...Object.fromEntries(taken) } }
}

export async function writeBaseline(path: string, baseline: Baseline): Promise<void> {
  await writeFile(path, `${JSON.stringify(baseline, null, 2)}\n`)
}

function isBaseline(value: unknown): value is Baseline {
  const { margin, ratios } = (value ?? {}) as Partial<Baseline>
  if (typeof margin !== 'number' || margin <= 1 || typeof ratios !== 'object' || ratios === null) return false
  return Object.values(ratios).every(ratio => typeof ratio === 'number' && ratio > 0)
}
