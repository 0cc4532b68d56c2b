// The single executable as its user has it: alone in an empty folder, without Node on the PATH. For the tests that run it.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { writePackage } from './package.mjs'

const COMMAND_MS_MAX = 20_000

/** Made once, and again only when something changed. The folder is removed after the tests of the file. */
export async function packagedProgram() {
  const folder = mkdtempSync(join(tmpdir(), 'tradelane-package-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'tradelane')
  copyFileSync(await writePackage({ quiet: true }), program)
  const environment = { PATH: '', HOME: folder, ADMIN_ADDR: '127.0.0.1:0' }
  const run = (...args) =>
    spawnSync(program, args, { cwd: folder, env: environment, encoding: 'utf8', timeout: COMMAND_MS_MAX })
  return { folder, program, environment, run }
}
