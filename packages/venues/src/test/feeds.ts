// The recorded frames of the venues, which are not in the repository but next to it.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const FOLDER = process.env['TRADELANE_FEEDS'] ?? resolve(import.meta.dirname, '../../../../../shared/feeds')

/** False when the file exists; otherwise why a test is skipped. */
export function skipWithout(file: string): string | false {
  if (existsSync(join(FOLDER, file))) return false
  return `no ${file} in ${FOLDER}: recorded frames are not part of the repository (TRADELANE_FEEDS names another folder)`
}

/** The file's JSON lines. */
export function* readLines<Line>(file: string): Generator<Line> {
  const bytes = readFileSync(join(FOLDER, file))
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line) as Line
}

export interface CapturedLine {
  readonly venue: string
  readonly dir: 'in' | 'rest'
  readonly path?: string
  readonly raw: string
}
