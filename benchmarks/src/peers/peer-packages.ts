// The packages of peers, in a folder of their own that is no part of the workspace: they are installed by the first
// `npm run bench -- --peers`, never by `npm start`.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const PEER_PACKAGES = new URL('../../peers/package.json', import.meta.url)

const INSTALL_MS_MAX = 120_000

/** Resolves with why they are missing, or null. */
export async function installPeerPackages(printLine: (line: string) => void): Promise<string | null> {
  if (existsSync(new URL('node_modules/socket.io', PEER_PACKAGES))) return null
  printLine('Installing socket.io into benchmarks/peers …')
  try {
    const cwd = fileURLToPath(new URL('.', PEER_PACKAGES))
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    await promisify(execFile)('npm', args, { cwd, timeout: INSTALL_MS_MAX })
    return null
  } catch (error) {
    return `npm ci in benchmarks/peers failed: ${String(error).split('\n').slice(0, 2).join(' ')}`
  }
}
