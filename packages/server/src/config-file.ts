// The file of --config: YAML, a setting a line, by the names that the environment has; lists may be written as lists.
//
//   L2_WORKERS: 3
//   INSTRUMENTS: [btc-usdt, eth-usdt]

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import { SettingError, type SettingsFile } from './settings.js'

// The schema `failsafe` leaves every scalar the text that it is: what a value means is the settings' business.
const FILE = z.record(z.string(), z.union([z.string(), z.array(z.string()).transform(items => items.join(','))]))

/** Throws `SettingError`. */
export function readConfigFile(path: string): SettingsFile {
  const result = FILE.safeParse(parsed(path) ?? {})
  if (result.success) return { path, values: result.data }
  const [name] = result.error.issues[0]?.path ?? []
  throw new SettingError(
    name === undefined ? `${path} is not a list of settings` : `${path}: ${String(name)} is neither a value nor a list`,
  )
}

function parsed(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { schema: 'failsafe', logLevel: 'error' })
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new SettingError(`${path} cannot be read: ${reason}`)
  }
}
