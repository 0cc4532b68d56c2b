// `tradelane config`: every setting, its value, and where the value comes from.

import { printLine } from '../print.js'
import type { SettingOrigin } from '../settings.js'

export function config(origins: readonly SettingOrigin[]): number {
  const nameWidth = Math.max(...origins.map(({ name }) => name.length))
  const valueWidth = Math.max(...origins.map(({ value }) => value.length))
  for (const { name, value, origin } of origins) {
    printLine(`${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${origin}`)
  }
  return 0
}
