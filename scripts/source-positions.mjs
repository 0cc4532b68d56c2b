// Positions in compiled files, as they stand in stack traces, become those of their sources. Done for what is shown, after the
// run: `--enable-source-maps` would read the map of every module that a test loads.

import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ROOT } from './workspace.mjs'

/** `file:///…/dist/a.js:12:34` or `/…/dist/a.js:12:34`; lines and columns begin at 1. */
const POSITION = /((?:file:\/\/)?\/[^\s():]+\.js):(\d+):(\d+)/g

/** A position without a source map stays as it is. */
export function withSourcePositions(text) {
  const maps = new Map()
  return text.replaceAll(POSITION, (all, file, line, column) => {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file
    if (!maps.has(path)) maps.set(path, sourceMapOf(path))
    const entry = maps.get(path)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (entry?.originalSource === undefined) return all
    const source = fileURLToPath(new URL(entry.originalSource, pathToFileURL(path)))
    return `${relative(ROOT, source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}

function sourceMapOf(path) {
  const file = `${path}.map`
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null
}
