// The import rules: which package may import which, what a package may import at all, and no circles. A breach is a line
// `file:line what is wrong`. The table is the architecture; a new arrow is drawn here or nowhere.

import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { importsOf } from './imports.mjs'
import { filesBelow, packageFolders, readJson } from './workspace.mjs'

const EVERY = ['shared', 'venues', 'ingest', 'l2-worker', 'gateway', 'server', 'probe', 'venue-sim', 'benchmarks']
/** Package → the packages of ours that it may import. The simulator imports none, so that a misreading cannot be shared. */
const ALLOWED = {
  shared: [],
  venues: ['shared'],
  ingest: ['shared', 'venues'],
  'l2-worker': ['shared', 'venues'],
  gateway: ['shared'],
  'venue-sim': [],
  probe: ['shared', 'venues'],
  server: EVERY,
  benchmarks: EVERY,
  e2e: EVERY,
}
const SCOPE = '@tradelane/'
const TEST_FILE = /\.(test|stress|bench)\.ts$|(^|\/)(test|e2e)\//
const NATIVE_SERVER = /^uWebSockets\.js/

/** All breaches in the workspace at `root`, sorted. */
export function findImportBreaches(root) {
  const sources = packageFolders(root).flatMap(folder => readSources(root, folder))
  return [
    ...packageFolders(root).flatMap(folder => manifestBreaches(root, folder)),
    ...sources.flatMap(source => source.imports.flatMap(each => importBreaches(source, each))),
    ...nativeServerBreaches(sources),
    ...circles(sources),
  ].sort()
}

function readSources(root, folder) {
  const manifest = readJson(join(root, folder, 'package.json'))
  const name = manifest.name.replace(SCOPE, '')
  const files = filesBelow(join(root, folder, 'src')).filter(file => file.endsWith('.ts'))
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

/** Circles of imports that exist at run time. The walls allow none between packages, so each is within one package. */
function circles(sources) {
  const byPath = new Map(sources.map(source => [source.path, source]))
  const state = new Map()
  const found = []
  const visit = (source, trail) => {
    state.set(source.path, 'open')
    for (const each of source.imports) {
      if (each.isType || !each.specifier.startsWith('.')) continue
      const next = byPath.get(resolved(source, each.specifier).replace(/\.js$/, '.ts'))
      if (next === undefined || state.get(next.path) === 'done') continue
      if (state.get(next.path) === 'open') {
        const circle = [...trail, source.path].slice([...trail, source.path].indexOf(next.path))
        found.push(`${source.path}:${each.line} closes a circle: ${[...circle, next.path].join(' → ')}`)
      } else visit(next, [...trail, source.path])
    }
    state.set(source.path, 'done')
  }
  for (const source of sources) if (!state.has(source.path)) visit(source, [])
  return found
}

function resolved(source, specifier) {
  return posix.join(posix.dirname(source.path), specifier)
}
