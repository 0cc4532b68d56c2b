// Bundles what a start of the program loads, so that a thread reads one file instead of two hundred: `packages/server/bundle`,
// made from the compiled files. `main.js` uses it as long as no file that went into it has changed (server/src/bundle.ts).
//
// In the bundle `import.meta.url` is still that of the file it was written in, and packages that look for files of their own
// (addons, worker scripts) stay outside; so both find what they find unbundled. Entries of threads, however they are named
// by the code that starts them, are replaced by their bundles.

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { ROOT } from './workspace.mjs'

const FOLDER = join(ROOT, 'packages', 'server', 'bundle')
/** Beside it, so that relative paths are the same. A start meanwhile finds the old bundle or none. */
const UNFINISHED = `${FOLDER}-unfinished`
/** Bundle → its entry, and how the code that starts it names that entry. */
const ENTRIES = {
  cli: { path: 'packages/server/dist/cli.js' },
  ingest: { path: 'packages/ingest/dist/worker.js', specifier: '@tradelane/ingest/worker' },
  l2: { path: 'packages/l2-worker/dist/worker.js', specifier: '@tradelane/l2-worker/worker' },
  gateway: { path: 'packages/gateway/dist/worker.js', specifier: '@tradelane/gateway/worker' },
  admin: { path: 'packages/admin/dist/worker.js', specifier: '@tradelane/admin/worker' },
  naive: { path: 'packages/server/dist/naive/naive-worker.js' },
  shared: { path: 'packages/server/dist/worker.js', specifier: './worker.js' },
  sender: { path: 'packages/venue-sim/dist/sending/sender-process.js' },
  rest: { path: 'packages/ingest/dist/rest/rest-worker.js' },
  'instrument-list': { path: 'packages/ingest/dist/rest/instrument-list-worker.js' },
}
/** Entries that load a part of themselves later, or not at all. */
const SPLIT = ['cli', 'l2', 'admin', 'rest', 'instrument-list']
const OUTSIDE = /^(bufferutil|utf-8-validate|piscina|pino-pretty|msgpackr-extract)$/
/** Optional addons, which a package of the program does without. */
const ABSENT = /^(bufferutil|utf-8-validate|msgpackr-extract)$/
/** It starts a thread from a file of its own. */
const COPIED = /^piscina$/
// Names that the banner defines in every file of the bundle.
const BUNDLE_URL = '__bundleUrl'
const TO_PATH = '__fileURLToPath'
const RESOLVE = '__resolveEntry'
const WORKER_URL = /new URL\((['"])(\.{1,2}\/[^'"]+\.js)\1, import\.meta\.url\)/g

/** Throws with esbuild's own message when it fails. */
export async function writeBundle() {
  rmSync(UNFINISHED, { recursive: true, force: true })
  const inputs = await bundleInto(UNFINISHED, { plugins: [outside, ownUrls] })
  // The packages that are bundled change with the lockfile.
  const stamps = [...inputs, 'scripts/bundle.mjs', 'pnpm-lock.yaml'].sort().map(stampOf)
  writeFileSync(join(UNFINISHED, 'manifest.json'), JSON.stringify({ inputs: stamps }))
  rmSync(FOLDER, { recursive: true, force: true })
  renameSync(UNFINISHED, FOLDER)
}

/**
 * The same for a package of the program, without source maps. Returns the folders of packages that are to be copied beside it;
 * none where they are `installed`, as an installer does.
 */
export async function packagedBundle(folder, { installed = false } = {}) {
  const copied = new Set()
  const inPackage = {
    name: 'in-package',
    setup(build) {
      build.onResolve({ filter: ABSENT }, ({ path }) => ({ path, external: true }))
      build.onResolve({ filter: COPIED }, async args => {
        if (installed) return { path: args.path, external: true }
        const found = await resolveOnce(build, args)
        if (found !== null) copied.add(relative(ROOT, found.slice(0, found.lastIndexOf(`${sep}dist${sep}`))))
        return found === null ? undefined : { path: fromBundle(found), external: true }
      })
    },
  }
  await bundleInto(folder, { plugins: [inPackage, ownUrls], sourcemap: false })
  return [...copied]
}

/** Returns the files that went into it. */
async function bundleInto(outdir, options) {
  const { build } = await import('esbuild')
  const whole = Object.keys(ENTRIES).filter(name => !SPLIT.includes(name))
  // Entries of one build without splitting are read once and written as one file each.
  const builds = [whole, ...SPLIT.map(name => [name])].map(names => build({ ...optionsFor(names), outdir, ...options }))
  return new Set((await Promise.all(builds)).flatMap(({ metafile }) => Object.keys(metafile.inputs)))
}

function optionsFor(names) {
  return {
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(names.map(name => [name, ENTRIES[name].path])),
    chunkNames: `${names[0]}-[name]-[hash]`,
    bundle: true,
    splitting: SPLIT.includes(names[0]),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    banner: { js: banner() },
    define: { 'import.meta.resolve': RESOLVE },
    metafile: true,
    logLevel: 'silent',
  }
}

/** As bundle.ts compares them: path from the folder of the bundle, time of the last change, size. */
function stampOf(input) {
  const { mtimeMs, size } = statSync(join(ROOT, input))
  return [fromBundle(join(ROOT, input)), mtimeMs, size]
}

function banner() {
  const files = Object.entries(ENTRIES).flatMap(([name, { specifier }]) =>
    specifier === undefined ? [] : [[specifier, `./${name}.js`]],
  )
  return [
    "import { createRequire as __createRequire } from 'node:module'",
    `import { fileURLToPath as ${TO_PATH} } from 'node:url'`,
    `const ${BUNDLE_URL} = import.meta.url`,
    `const require = __createRequire(${BUNDLE_URL})`,
    `const __entries = ${JSON.stringify(Object.fromEntries(files))}`,
    `const ${RESOLVE} = name => __entries[name] ? new URL(__entries[name], ${BUNDLE_URL}).href : import.meta.resolve(name)`,
  ].join('\n')
}

const outside = {
  name: 'outside',
  setup(build) {
    build.onResolve({ filter: OUTSIDE }, async args => {
      const found = await resolveOnce(build, args)
      return found === null ? undefined : { path: found === '' ? args.path : fromBundle(found), external: true }
    })
  },
}

/** The path of a file; empty where there is none; null while it is being looked for. */
async function resolveOnce({ resolve }, { path, kind, importer, resolveDir, pluginData }) {
  if (pluginData === 'resolving') return null
  const found = await resolve(path, { kind, importer, resolveDir, pluginData: 'resolving' })
  return found.errors.length > 0 ? '' : found.path
}

/** Where the file was written is known when it is bundled. */
const ownUrls = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!/\bimport\.meta\.url\b|\b__(dirname|filename)\b/.test(text)) return undefined
      const bundled = text.replaceAll(WORKER_URL, (all, _quote, file) => {
        const entry = Object.entries(ENTRIES).find(([, each]) => join(ROOT, each.path) === join(dirname(path), file))
        return entry === undefined ? all : `new URL('./${entry[0]}.js', ${BUNDLE_URL})`
      })
      const url = `new URL(${JSON.stringify(fromBundle(path))}, ${BUNDLE_URL})`
      const contents = bundled
        .replaceAll(/\bimport\.meta\.url\b/g, `${url}.href`)
        .replaceAll(/\b__filename\b/g, `${TO_PATH}(${url})`)
        .replaceAll(/\b__dirname\b/g, `${TO_PATH}(new URL('.', ${url}))`)
      return { contents, loader: 'js' }
    })
  },
}

function fromBundle(path) {
  return relative(FOLDER, path).split(sep).join('/')
}
