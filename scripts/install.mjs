// Installs the dependencies when they are missing or no longer those of the lockfile, with the pnpm version that
// package.json pins, fetched by npx. A stamp in node_modules shows whether anything changed since the last time.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digest, packageFolders, ROOT, readJson, readStamp, runQuietly, say, secondsSince } from './workspace.mjs'

const STAMP = join(ROOT, 'node_modules', '.installed')

/** Throws with pnpm's own message when it fails. */
export async function installMissing({ quiet = false } = {}) {
  const wanted = wantedDigest()
  if (existsSync(join(ROOT, 'node_modules', '.modules.yaml')) && readStamp(STAMP) === wanted) return
  const pnpm = readJson(join(ROOT, 'package.json')).packageManager.split('+')[0]
  const startMs = performance.now()
  if (!quiet) say(`Installing dependencies (${pnpm.replace('@', ' ')}) … `)
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx'
  const args = ['--yes', pnpm, '--dir', ROOT, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false']
  const { npm_config_local_prefix: _, ...environment } = process.env
  // Outside the workspace, where npx cannot take the pnpm in node_modules: that one would remove itself while it runs.
  const { code, output } = await runQuietly(npx, args, { cwd: tmpdir(), env: { ...environment, CI: 'true' } })
  if (code !== 0) {
    throw new Error(`installing the dependencies failed (${pnpm} install, exit code ${code}):\n${output}`)
  }
  // Taken before the install: if a manifest changes meanwhile, the next start installs again.
  writeFileSync(STAMP, wanted)
  if (!quiet) say(`${secondsSince(startMs)}\n`)
}

function wantedDigest() {
  const manifests = packageFolders().map(folder => `${folder}/package.json`)
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests]
  return digest(files.flatMap(file => [file, readFileSync(join(ROOT, file))]))
}
