// The import rules: which package may import which, what a package may import at all, and no cycles, not of types either. A
// breach is a line `file:line what is wrong`. A new dependency between packages is allowed here or nowhere.

import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { importsOf } from './imports.mjs'
import { filesBelow, packageFolders, readJson } from './workspace.mjs'

const PRODUCT = ['shared', 'venues', 'ingest', 'l2-worker', 'gateway', 'page', 'admin', 'probe', 'venue-sim']
/** Package → the packages of ours that it may import. The simulator imports none, so that a misreading cannot be shared. */
const ALLOWED = {
  shared: [],
  venues: ['shared'],
  ingest: ['shared', 'venues'],
  'l2-worker': ['shared', 'venues'],
  gateway: ['shared'],
  page: [],
  admin: ['shared', 'page'],
  'venue-sim': [],
  probe: ['shared', 'venues'],
  server: PRODUCT,
  benchmarks: [...PRODUCT, 'server'],
  e2e: [...PRODUCT, 'server'],
}
const SCOPE = '@tradelane/'
const TEST_FILE = /\.(test|stress|bench)\.ts$|(^|\/)(test|e2e)\//
const NATIVE_SERVER = /^uWebSockets\.js/

/** All breaches in the workspace at `root`, sorted. */
export function findImportBreaches(root) {
  const sources = packageFolders(root).flatMap(folder => readSources(root, folder))
  const { atRunTime, ofTypes } = cyclesOf(sources)
  return [
    ...packageFolders(root).flatMap(folder => manifestBreaches(root, folder)),
    ...sources.flatMap(source => source.imports.flatMap(each => importBreaches(source, each))),
    ...nativeServerBreaches(sources),
    ...atRunTime,
    ...ofTypes,
  ].sort()
}

function readSources(root, folder) {
  const manifest = readJson(join(root, folder, 'package.json'))
  const name = manifest.name.replace(SCOPE, '')
  const files = filesBelow(join(root, folder, 'src')).filter(file => /\.tsx?$/.test(file))
  return files.map(file => {
    const imports = importsOf(readFileSync(join(root, folder, 'src', file), 'utf8'))
    return { path: `${folder}/src/${file}`, folder, name, manifest, imports }
  })
}

function manifestBreaches(root, folder) {
  const manifest = readJson(join(root, folder, 'package.json'))
  const name = manifest.name.replace(SCOPE, '')
  if (ALLOWED[name] === undefined)
    return [`${folder}/package.json:1 ${name} has no row in the table of import-rules.mjs`]
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter(dependency => dependency.startsWith(SCOPE) && !ALLOWED[name].includes(dependency.replace(SCOPE, '')))
    .map(dependency => `${folder}/package.json:1 ${name} may not depend on ${dependency}`)
}

function importBreaches(source, { specifier, line }) {
  const breach = text => [`${source.path}:${line} ${text}`]
  if (specifier.startsWith('.')) {
    const isInside = resolved(source, specifier).startsWith(`${source.folder}/src/`)
    return isInside ? [] : breach(`'${specifier}' leaves the package`)
  }
  if (specifier.startsWith('node:')) return []
  if (builtinModules.includes(specifier)) return breach(`'${specifier}' is written 'node:${specifier}'`)
  const [first, second] = specifier.split('/')
  const dependency = first.startsWith('@') ? `${first}/${second}` : first
  if (dependency.startsWith(SCOPE) && !(ALLOWED[source.name] ?? []).includes(second)) {
    return breach(`${source.name} may not import ${dependency}`)
  }
  const { dependencies = {}, devDependencies = {} } = source.manifest
  if (dependency in dependencies) return []
  if (!(dependency in devDependencies)) return breach(`${dependency} is not a dependency of ${source.name}`)
  return TEST_FILE.test(source.path) ? [] : breach(`${dependency} is a dependency for tests only`)
}

/** The native server is loaded in one file, which knows its builds and says what to do when none loads. */
function nativeServerBreaches(sources) {
  const importers = sources.flatMap(source =>
    source.imports
      .filter(each => NATIVE_SERVER.test(each.specifier))
      .map(each => ({ path: source.path, line: each.line, specifier: each.specifier })),
  )
  return importers
    .filter(each => each.path !== importers[0].path)
    .map(each => `${each.path}:${each.line} '${each.specifier}' is imported in ${importers[0].path} and only there`)
}

/** Cycles of imports of the workspace at `root`, each as one line. The table above allows none between packages. */
export function findImportCycles(root) {
  return cyclesOf(packageFolders(root).flatMap(folder => readSources(root, folder)))
}

/** `ofTypes`: at least one of the imports is of types only, so that none exists at run time. */
function cyclesOf(sources) {
  const isRunTime = cycle => cycle.edges.every(({ isType }) => !isType)
  const atRunTime = cycles(sources, ({ isType }) => !isType)
  const ofTypes = cycles(sources, () => true).filter(cycle => !isRunTime(cycle))
  return { atRunTime: atRunTime.map(({ text }) => text), ofTypes: ofTypes.map(({ text }) => text) }
}

function cycles(sources, isFollowed) {
  const byPath = new Map(sources.map(source => [source.path, source]))
  const state = new Map()
  const found = []
  const visit = (source, trail) => {
    state.set(source.path, 'open')
    for (const edge of source.imports) {
      if (!edge.specifier.startsWith('.') || !isFollowed(edge)) continue
      const path = resolved(source, edge.specifier)
      const next = byPath.get(path.replace(/\.js$/, '.ts')) ?? byPath.get(path.replace(/\.js$/, '.tsx'))
      if (next === undefined || state.get(next.path) === 'done') continue
      const steps = [...trail, { path: source.path, edge }]
      if (state.get(next.path) === 'open') found.push(cycleOf(steps, next.path))
      else visit(next, steps)
    }
    state.set(source.path, 'done')
  }
  for (const source of sources) if (!state.has(source.path)) visit(source, [])
  return found
}

/** The end of the trail, from the file that its last import leads back to. */
function cycleOf(trail, path) {
  const steps = trail.slice(trail.findIndex(step => step.path === path))
  const last = steps.at(-1)
  const way = [...steps.map(step => step.path), path].join(' → ')
  return { edges: steps.map(({ edge }) => edge), text: `${last.path}:${last.edge.line} closes an import cycle: ${way}` }
}

function resolved(source, specifier) {
  return posix.join(posix.dirname(source.path), specifier)
}
