// Keeps `shared` small: a file that only one package uses belongs to that package. Files that define the wire may have one
// user, and so may files that `shared` itself uses, such as a layout by its reader.

import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { importsOf } from './imports.mjs'
import { filesBelow, packageFolders } from './workspace.mjs'

const FILES_MAX = 49
const TEST_FILE = /\.(test|stress|bench)\.ts$|(^|\/)(test|e2e)\//
const SHARED = 'packages/shared'

/** One line per breach. */
export function findSharedBreaches(root) {
  const files = productFiles(root, SHARED)
  const users = new Map(files.map(file => [file, new Set()]))
  for (const folder of packageFolders(root).filter(each => each !== 'benchmarks' && each !== 'e2e')) {
    for (const file of productFiles(root, folder)) {
      for (const used of sharedFilesUsedBy(root, folder, file)) users.get(used)?.add(folder)
    }
  }
  const ofOneUser = files.filter(file => !file.startsWith('wire/') && users.get(file).size === 1)
  const breaches = ofOneUser
    .map(file => [file, [...users.get(file)][0]])
    .filter(([, user]) => user !== SHARED)
    .map(([file, user]) => `${SHARED}/src/${file}:1 is used by ${user} only and belongs there`)
  if (files.length > FILES_MAX) breaches.push(`${SHARED}/src:1 has ${files.length} files, more than ${FILES_MAX}`)
  return breaches
}

function productFiles(root, folder) {
  return filesBelow(join(root, folder, 'src')).filter(file => file.endsWith('.ts') && !TEST_FILE.test(file))
}

function sharedFilesUsedBy(root, folder, file) {
  const imports = importsOf(readFileSync(join(root, folder, 'src', file), 'utf8')).map(each => each.specifier)
  if (folder === SHARED) {
    const relative = imports.filter(specifier => specifier.startsWith('.'))
    return relative.map(specifier => posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'))
  }
  const ours = imports.filter(specifier => specifier.startsWith('@tradelane/shared/'))
  return ours.map(specifier => `${specifier.replace('@tradelane/shared/', '')}.ts`)
}
