// What a start says of itself on the terminal, in ten lines with those of the commands: what runs, where to connect, where to look,
// how to stop.

import { isSea } from 'node:sea'
import { stripVTControlCharacters } from 'node:util'
import type { Colours } from './colours.js'

const LABEL_COLUMNS = 9
const DEFAULT_CLIENTS = 'ws://127.0.0.1:9001'
const DEFAULT_ADMIN = 'http://127.0.0.1:9002'
/** The one file runs where neither Node nor npx is. */
const PROGRAM = isSea() ? 'tradelane' : 'npx tradelane'

/** Once clients can connect. */
export function clientLines(url: string, { bold, cyan }: Colours): string[] {
  const argument = url === DEFAULT_CLIENTS ? '' : ` ${url}`
  return [
    line(
      bold('connect'),
      `any WebSocket client, JSON text frames; ${cyan(`${PROGRAM} probe${argument}`)} judges what one gets`,
    ),
  ]
}

/** Once the admin address answers. */
export function adminLines(url: string, { bold, cyan }: Colours): string[] {
  const argument = url === DEFAULT_ADMIN ? '' : ` ${url}`
  const top = cyan(`${PROGRAM} top${argument}`)
  return [
    line(bold('look'), `${cyan(`${url}/`)} in a browser`),
    line(bold('watch'), `${top}: rates, latency, clients; stat has all, tail explains late trades`),
    line(bold('metrics'), `${cyan(`${url}/metrics`)} for Prometheus; dashboard and alerts are in ops/`),
    line(bold('stop'), 'Ctrl-C'),
  ]
}

/** A label and what belongs to it. */
export function line(label: string, text: string): string {
  // The codes of colours take no column.
  const shownLength = stripVTControlCharacters(label).length
  return `  ${label}${' '.repeat(Math.max(1, LABEL_COLUMNS - shownLength))}${text}`
}
