// The file of --config: YAML, one setting per line, named as its environment variable; lists may be YAML lists.
//
//   L2_WORKERS: 3
//   INSTRUMENTS: [btc-usdt, eth-usdt]

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import { SettingError } from './setting-error.js'
import type { SettingsFile } from './settings.js'

// The schema `failsafe` keeps every scalar as text: the settings table says what a value means.
const FILE = z.record(z.string(), z.union([z.string(), z.array(z.string()).transform(items => items.join(','))]))

/** Throws `SettingError`. */
export function readConfigFile(path: string): SettingsFile {
  const result = FILE.safeParse(parsed(path) ?? {})
  if (result.success) return { path, values: result.data }
  const [name] = result.error.issues[0]?.path ?? []
  throw new SettingError(
    name === undefined
      ? `invalid ${path}; expected one setting per line, as NAME: value`
      : `${path}: invalid ${String(name)}; expected a value or a list of values`,
  )
}

function parsed(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { schema: 'failsafe', logLevel: 'error' })
  } catch (error) {
    throw new SettingError(`cannot read ${path}: ${reasonOf(error)}`)
  }
}

/** The parser quotes what it does not understand, which may be a secret. */
function reasonOf(error: unknown): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const isOfSystem = error instanceof Error && 'syscall' in error
  return isOfSystem ? reason : reason.replace(/:$/, '').replace(/: .*?(?= at line \d+, column \d+|$)/, '')
}
