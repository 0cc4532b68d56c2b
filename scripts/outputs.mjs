// What `tsc -b` leaves in each package's dist: whether it is current, and what has to be removed. The compiler never deletes,
// so the output of a renamed test would still run, and pass.

import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { digest, filesBelow, packageFolders, ROOT } from './workspace.mjs'

const OUTPUT = /\.(js|js\.map|d\.ts|d\.ts\.map)$/
const SOURCE = /(?<!\.d)\.tsx?$/
/** Where a package has built more than its compiled files: a page. */
const SITE = 'site'

/** Changes whenever a source, a setting of the compiler or the set of compiled files does. Reads no file's content. */
export function outputFingerprint() {
  const parts = ['tsconfig.base.json', 'turbo.json', 'pnpm-lock.yaml'].map(file => stampOf(join(ROOT, file)))
  for (const folder of packageFolders()) {
    parts.push(folder)
    for (const file of ['package.json', 'tsconfig.json', 'vite.config.mjs'])
      parts.push(file, stampOf(join(ROOT, folder, file)))
    for (const file of filesBelow(join(ROOT, folder, 'src'))) parts.push(file, stampOf(join(ROOT, folder, 'src', file)))
    parts.push(...filesBelow(join(ROOT, folder, 'dist')).filter(file => file.endsWith('.js')))
    parts.push(...filesBelow(join(ROOT, folder, SITE)))
  }
  return digest(parts)
}

/** Removes compiled files whose source is gone, and the build info of packages whose compiled files are missing. */
export function pruneStaleOutputs() {
  for (const folder of packageFolders()) {
    const dist = join(ROOT, folder, 'dist')
    const sources = new Set(filesBelow(join(ROOT, folder, 'src')).filter(file => SOURCE.test(file)))
    const outputs = new Set(filesBelow(dist).filter(file => OUTPUT.test(file)))
    for (const output of outputs) {
      const source = output.replace(OUTPUT, '.ts')
      if (!sources.has(source) && !sources.has(`${source}x`)) rmSync(join(dist, output), { force: true })
    }
    const isIncomplete = [...sources].some(source => !outputs.has(source.replace(SOURCE, '.js')))
    if (isIncomplete) rmSync(join(dist, '.tsbuildinfo'), { force: true })
  }
}

function stampOf(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? 'absent' : `${stat.mtimeMs}:${stat.size}`
}
