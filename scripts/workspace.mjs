// The workspace as the scripts see it: where it is, which packages it has, and how to run a program in it. Node built-ins
// only, because nothing is installed yet when these scripts first run.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Folders of the packages, relative to the root: `packages/*`, `benchmarks` and `e2e`, as in pnpm-workspace.yaml. */
export function packageFolders(root = ROOT) {
  const folders = readdirSync(join(root, 'packages')).map(name => `packages/${name}`)
  return [...folders, 'benchmarks', 'e2e'].filter(folder => existsSync(join(root, folder, 'package.json'))).sort()
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Every file below a folder, as paths relative to it with forward slashes; none when the folder is absent. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .map(path => path.slice(folder.length + 1).replaceAll(sep, '/'))
    .sort()
}

export function digest(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

/** The content of a small file, or an empty string when there is none. */
export function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** The environment of tools: the other tools on the PATH, no questions, no telemetry. */
function toolEnvironment() {
  const path = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`
  return { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
}

/** Runs a program, silently; resolves with its exit code and everything it printed. */
export function runQuietly(command, args, { cwd = ROOT, env = toolEnvironment() } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = chunk => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', error => resolve({ code: 1, output: `${output}${command}: ${error.message}\n` }))
    child.on('close', (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}${signal}\n` : output }))
  })
}

/** `6.1 s`, since a moment taken with performance.now(). */
export function secondsSince(startMs) {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`
}

export function say(text) {
  process.stdout.write(text)
}
