// The built page as a list of files: all that a server, or a program that embeds it, has to know of it.

import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  /** Of the request, e.g. `/assets/index-1a2b3c4d.js`; `/` is the page itself. */
  readonly path: string
  readonly type: string
  /** Its name changes with its content: a browser may keep it for ever. */
  readonly isImmutable: boolean
  readonly bytes: Buffer
}

const SITE = fileURLToPath(new URL('../site/', import.meta.url))
const ASSETS = '/assets/'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Empty where the page was not built. Throws for a file of a type that it has not. */
export function readPageFiles(folder = SITE): readonly PageFile[] {
  return pathsBelow(folder).map(file => {
    const type = TYPES[extname(file)]
    if (type === undefined) throw new Error(`the page has no files such as ${file}`)
    const path = file === 'index.html' ? '/' : `/${file}`
    return { path, type, isImmutable: path.startsWith(ASSETS), bytes: readFileSync(join(folder, file)) }
  })
}

function pathsBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
      .sort()
  } catch {
    return []
  }
}
