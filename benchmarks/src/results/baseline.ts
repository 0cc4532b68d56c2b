// The ratios of the last accepted run: `baseline.json`, kept with the sources. `npm run bench -- --accept` writes it.

import { readFile, writeFile } from 'node:fs/promises'
import type { Ratio } from './ratios.js'

export interface Baseline {
  /** A later run fails when a ratio is above the accepted one times this factor. */
  readonly margin: number
  readonly ratios: Readonly<Record<string, number>>
}

const RATIO_DIGITS = 3
/** Of an invalid baseline. */
const SHOWN_CHARS = 80

/** Throws an Error that names the file. */
export async function readBaseline(path: string): Promise<Baseline> {
  const text = await readFile(path, 'utf8')
  const parsed: unknown = JSON.parse(text)
  if (isBaseline(parsed)) return parsed
  throw new Error(
    `invalid baseline ${path}: ${text.slice(0, SHOWN_CHARS)}; expected a margin above 1 and positive ratios`,
  )
}

/** Ratios that this run did not measure are kept. */
export function accept({ margin, ratios }: Baseline, measured: readonly Ratio[]): Baseline {
  const accepted = measured.flatMap(({ spec, value }) =>
    value === null ? [] : [[spec.name, Number(value.median.toPrecision(RATIO_DIGITS))] as const],
  )
  return { margin, ratios: { ...ratios, ...Object.fromEntries(accepted) } }
}

export async function writeBaseline(path: string, baseline: Baseline): Promise<void> {
  await writeFile(path, `${JSON.stringify(baseline, null, 2)}\n`)
}

function isBaseline(value: unknown): value is Baseline {
  const { margin, ratios } = (value ?? {}) as Partial<Baseline>
  if (typeof margin !== 'number' || margin <= 1 || typeof ratios !== 'object' || ratios === null) return false
  return Object.values(ratios).every(ratio => typeof ratio === 'number' && ratio > 0)
}
