// `npm run package`: makes `dist/tradelane`, one executable with Node, the program and the native addon, for this platform. Does
// nothing when nothing changed since the last one.
//   npm run package -- --node PATH    with another Node than this one
//   npm run package -- --npm          `dist/tradelane-VERSION.tgz` instead, for `npm i -g`

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { packagedBundle } from './bundle.mjs'
import { prepare } from './prepare.mjs'
import { digest, filesBelow, ROOT, readJson, readStamp, say, secondsSince } from './workspace.mjs'

const DIST = join(ROOT, 'dist')
const PAGE = 'packages/page/site'
const MAIN = 'packages/server/dist/main.js'
/** The mark in a Node binary that says whether it carries a program. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const ADDONS = { 'uWebSockets.js': 'src/uws.js', 'uWebSockets.js-next': 'uws.js' }

export async function writePackage({ node = process.execPath, quiet = false } = {}) {
  const startMs = performance.now()
  const tree = join(DIST, 'tree')
  rmSync(tree, { recursive: true, force: true })
  await writeTree(tree, versionsOf(node))
  const files = filesBelow(tree).map(path => ({ path, sha256: sha256(readFileSync(join(tree, path))) }))
  const packed = { digest: digest(files.flatMap(({ path, sha256 }) => [path, sha256])), files }
  const executable = join(DIST, 'tradelane')
  const stamp = `${packed.digest} ${node} ${statSync(node).size} ${statSync(node).mtimeMs}`
  if (readStamp(`${executable}.stamp`) === stamp && statSync(executable, { throwIfNoEntry: false })) return executable
  rmSync(`${executable}.stamp`, { force: true })
  writeFileSync(join(DIST, 'packed.json'), JSON.stringify(packed))
  await inject(tree, files, node, executable)
  writeFileSync(`${executable}.stamp`, stamp)
  const megabytes = Math.round(statSync(executable).size / 1e6)
  if (!quiet) say(`dist/tradelane: ${megabytes} MB, Node ${versionsOf(node).node}, ${secondsSince(startMs)}\n`)
  return executable
}

/** What `npm i -g` installs: the same files, with the addon and what has threads of its own as dependencies. */
export async function writeNpmPackage() {
  const tree = join(DIST, 'npm')
  rmSync(tree, { recursive: true, force: true })
  await writeProgram(tree, { installed: true })
  const manifest = name => readJson(join(ROOT, 'packages', name, 'package.json'))
  const { version, type, license } = manifest('server')
  const { 'uWebSockets.js': addon, 'uWebSockets.js-next': newAddon } = manifest('gateway').dependencies
  const { piscina } = manifest('ingest').dependencies
  const whole = {
    name: 'tradelane',
    version,
    description: 'A market-data gateway for crypto traders: a trade never waits behind an order book.',
    license,
    type,
    bin: { tradelane: MAIN },
    engines: readJson(join(ROOT, 'package.json')).engines,
    dependencies: { 'uWebSockets.js': addon, piscina },
    optionalDependencies: { 'uWebSockets.js-next': newAddon },
  }
  writeFileSync(join(tree, 'package.json'), JSON.stringify(whole, null, 2))
  for (const file of ['README.md', 'LICENSE']) copyFileSync(join(ROOT, file), join(tree, file))
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', DIST], { cwd: tree, encoding: 'utf8' })
  if (packed.status !== 0) throw new Error(`npm made no package:\n${packed.stderr}`)
  const archive = join(DIST, packed.stdout.trim())
  say(`dist/${packed.stdout.trim()}: ${(statSync(archive).size / 1e6).toFixed(1)} MB\n`)
  return archive
}

/** A workspace with nothing but what the program loads, at the places where it looks. */
async function writeTree(tree, { modules, node }) {
  for (const folder of await writeProgram(tree, { installed: false })) copyPackage(tree, folder)
  writeFileSync(
    join(tree, 'start.cjs'),
    "exports.start = file => import(require('node:url').pathToFileURL(file).href)\n",
  )
  copyAddon(tree, node, modules)
}

/** Returns the folders of packages that it needs beside itself. */
async function writeProgram(tree, options) {
  const server = join(tree, 'packages', 'server')
  mkdirSync(join(server, 'dist'), { recursive: true })
  const outside = await packagedBundle(join(server, 'bundle'), options)
  const { version, type, name } = readJson(join(ROOT, 'packages', 'server', 'package.json'))
  writeFileSync(join(server, 'package.json'), JSON.stringify({ name, version, type, commit: commitOf() }))
  for (const file of ['main.js', 'bundle.js'])
    copyFileSync(join(ROOT, 'packages/server/dist', file), join(server, 'dist', file))
  writeFileSync(join(server, 'dist', 'cli.js'), "export * from '../bundle/cli.js'\n")
  // The web page, as its build made it, where the admin thread reads it (page/src/page-files.ts).
  cpSync(join(ROOT, PAGE), join(tree, PAGE), { recursive: true })
  return outside
}

/** Code only: no types, source maps, tests. */
function copyPackage(tree, folder) {
  for (const path of filesBelow(join(ROOT, folder))) {
    if (!/^(package\.json|dist\/.*\.m?js)$/.test(path)) continue
    mkdirSync(dirname(join(tree, folder, path)), { recursive: true })
    copyFileSync(join(ROOT, folder, path), join(tree, folder, path))
  }
}

/** The build that this Node loads; see gateway/src/uws.ts. */
function copyAddon(tree, node, modules) {
  const name = Number(node.split('.')[0]) <= 20 ? 'uWebSockets.js' : 'uWebSockets.js-next'
  const from = join(ROOT, 'packages/gateway/node_modules', name)
  const to = join(tree, 'packages/gateway/node_modules', name)
  const addon = `uws_${process.platform}_${process.arch}_${modules}.node`
  const path = name === 'uWebSockets.js' ? `binaries/${addon}` : addon
  for (const file of ['package.json', ADDONS[name], path]) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    copyFileSync(join(from, file), join(to, file))
  }
}

async function inject(tree, files, node, executable) {
  const assets = Object.fromEntries(files.map(({ path }) => [path, join(tree, path)]))
  const { build } = await import('esbuild')
  const main = join(DIST, 'launcher.cjs')
  await build({
    entryPoints: [join(ROOT, 'packages/server/dist/packaged/launcher.js')],
    outfile: main,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  })
  const config = join(DIST, 'sea-config.json')
  const blob = join(DIST, 'sea.blob')
  writeFileSync(
    config,
    JSON.stringify({
      main,
      output: blob,
      disableExperimentalSEAWarning: true,
      useCodeCache: false,
      assets: { ...assets, 'packed.json': join(DIST, 'packed.json') },
    }),
  )
  const made = spawnSync(node, ['--experimental-sea-config', config], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`${node} made no blob:\n${made.stderr}`)
  const unfinished = `${executable}.unfinished`
  copyFileSync(node, unfinished)
  chmodSync(unfinished, 0o755)
  const require = createRequire(import.meta.url)
  const { warn } = console
  // It warns of nameless sections of Node's executable, which keep their content.
  console.warn = text => {
    if (!String(text).includes("Can't find string offset for section name")) warn(text)
  }
  try {
    await require('postject').inject(unfinished, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE })
  } finally {
    console.warn = warn
  }
  renameSync(unfinished, executable)
  rmSync(blob)
}

function versionsOf(node) {
  const { stdout, status } = spawnSync(node, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${node} is no Node.js that runs here`)
  return JSON.parse(stdout)
}

/** Null outside a checkout. Changes that are not committed are marked. */
function commitOf() {
  const git = (...args) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  const { stdout, status } = git('rev-parse', '--short=12', 'HEAD')
  if (status !== 0) return null
  return stdout.trim() + (git('status', '--porcelain', '--untracked-files=no').stdout === '' ? '' : '-changed')
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { node: { type: 'string' }, npm: { type: 'boolean' } } })
  if (!(await prepare())) process.exitCode = 1
  else if (values.npm) await writeNpmPackage()
  else await writePackage(values)
}
