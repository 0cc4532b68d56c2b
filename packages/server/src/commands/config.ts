// `tradelane config`: every setting, its value, and where the value comes from.

import { printLine } from '../print.js'
import type { SettingOrigin } from '../settings.js'

export function config(origins: readonly SettingOrigin[], json: boolean): number {
  if (json) printLine(JSON.stringify(origins.map(jsonOf), null, 2))
  else printTable(origins)
  return 0
}

function printTable(origins: readonly SettingOrigin[]): void {
  const nameWidth = Math.max(...origins.map(({ name }) => name.length))
  const valueWidth = Math.max(...origins.map(({ value }) => value.length))
  for (const { name, value, origin } of origins) {
    printLine(`${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${origin}`)
  }
}

/** Numbers are numbers; what is not set is null. */
function jsonOf({ name, value, origin, fallback, isNumber, unit }: SettingOrigin): object {
  const read = (text: string): string | number | null =>
    text === '' ? null : isNumber && /^-?\d+$/.test(text) ? Number(text) : text
  return { name, value: read(value), source: origin, default: read(fallback), unit }
}
