// The paths of ARCHITECTURE.md, checked against the sources. A path is a numbered list below its heading:
//
//   ## The path of one trade
//   1. `ingest/src/connection/venue-socket.ts` `#message`: what it does …
//   2. `venues/src/binance/classify.ts` `classify`: …
//   3. `shared/src/thread/runner.ts` `runBlocking` (through `shared/src/thread/parking.ts`): …
//
// The first two code spans of an item are a file, relative to `packages/` or to the root, and a function, method
// (`Session.cork` or `cork`), type or constant that it defines. Two steps are connected by
//   call: the first function reaches, within its own file, a mention of the second, or of a callback that the second's file
//     ties to it (`{ onText: this.#text }`). An earlier step than the one before may be the caller: that one has returned.
//   import: one of the two files imports the other.
//   key: both files mention the key of a setting, `l1ThrottleMs`, which the text before the list names, `L1_THROTTLE_MS`.
//   memory: between threads nothing is called. There the item names the file of the shared memory that it comes through: the
//     step before writes or rings it, this one reads it or is woken by it. That file uses `Atomics`, and each of the two steps
//     is in it or imports it.
// Unconnected steps are a mistake in the list, and so is a file or a function that does not exist.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameOf, readSources, walk } from './source-tree.mjs'

export const PATHS = ['The path of one trade', 'The path of one book', 'The path of one setting']
const ITEM = /^\d+\.\s+`([^`]+)`[^`\n]*\n?[^`\n]*`([^`]+)`(?:\s+\(through\s+`([^`]+)`\))?/

/** What is wrong in the lists of ARCHITECTURE.md, one line each. */
export function findPathFaults(root) {
  const markdown = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const sources = readSources(root)
  return PATHS.flatMap(title => {
    const steps = readSteps(markdown, title)
    const faults =
      steps.length === 0 ? ['it has no steps'] : followPath(steps, sources, readKey(markdown, title)).faults
    return faults.map(fault => `ARCHITECTURE.md:1 ${title}: ${fault}`)
  })
}

/** The steps below the heading, as `{ file, name, memory }`; none when the text has no such heading. */
export function readSteps(markdown, title) {
  const items = sectionOf(markdown, title)
    .split(/^(?=\d+\. )/m)
    .filter(part => /^\d+\. /.test(part))
  return items.map(item => {
    const match = ITEM.exec(item)
    if (match === null) throw new Error(`"${title}": a step without a file and a function: ${item.split('\n')[0]}`)
    return { file: match[1], name: match[2].replace(/\(\)$/, ''), memory: match[3] }
  })
}

/** Of the setting that is named before the list; undefined where none is. */
export function readKey(markdown, title) {
  const [, name] = /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/.exec(sectionOf(markdown, title).split(/^1\. /m)[0]) ?? []
  return name?.toLowerCase().replaceAll(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
}

function sectionOf(markdown, title) {
  return markdown.split(/^## /m).find(part => part.startsWith(`${title}\n`)) ?? ''
}

/** Follows the steps through the sources: `{ fileCount, links, faults }`, a link being `call`, `import`, `key` or `memory`. */
export function followPath(steps, sources, key) {
  const places = steps.map(step => ({ ...step, source: findSource(step.file, sources) }))
  const faults = places.flatMap(({ file, name, source }) => {
    if (source === undefined) return [`${file} does not exist`]
    return isDefined(source, name) ? [] : [`${file} does not define ${name}`]
  })
  if (faults.length > 0) return { fileCount: new Set(steps.map(step => step.file)).size, links: [], faults }
  const links = places.slice(1).map((next, index) => linkTo(next, places.slice(0, index + 1), { key, sources }))
  const breaks = links.flatMap((link, index) =>
    link === null
      ? [`${steps[index].file} ${steps[index].name} does not lead to ${steps[index + 1].file} ${steps[index + 1].name}`]
      : [],
  )
  return { fileCount: new Set(places.map(({ source }) => source.path)).size, links, faults: breaks }
}

function findSource(file, sources) {
  return sources.get(`packages/${file}`) ?? sources.get(file)
}

function isDefined(source, name) {
  return functionsNamed(source, name).length > 0 || source.declared.has(name)
}

/** Of `Class.method` the method of that class. */
function functionsNamed(source, name) {
  const [className, member] = name.includes('.') ? name.split('.') : [undefined, name]
  return source.functions.filter(
    each => each.name === member && (className === undefined || each.owner?.className === className),
  )
}

function linkTo(next, earlier, { key, sources }) {
  const target = next.name.split('.').at(-1)
  const from = earlier.at(-1).source
  if (next.memory !== undefined) return isThroughMemory(next, from, sources) ? 'memory' : null
  const names = [target, ...callbacksOf(next.source, target)]
  for (const { source, name } of earlier) {
    const mentioned = mentionsWithin(source, name)
    if (names.some(each => mentioned.has(each))) return 'call'
  }
  const isImported = from.imports.has(next.source.path) || next.source.imports.has(from.path)
  if (isImported || from === next.source) return 'import'
  return key !== undefined && [from, next.source].every(({ program }) => mentions(program, key)) ? 'key' : null
}

function isThroughMemory(next, from, sources) {
  const memory = findSource(next.memory, sources)
  if (memory === undefined || !mentions(memory.program, 'Atomics')) return false
  return [from, next.source].every(({ path, imports }) => path === memory.path || imports.has(memory.path))
}

/** Keys of object literals whose value is the function, or calls it: `{ onText: this.#text }`. */
function callbacksOf({ program }, name) {
  const keys = []
  walk(program, node => {
    if (node.type === 'Property' && mentions(node.value, name)) keys.push(nameOf(node.key))
  })
  return keys.filter(key => key !== undefined)
}

function mentions(root, name) {
  let isMentioned = false
  walk(root, node => {
    if (nameOf(node) === name) isMentioned = true
  })
  return isMentioned
}

/** Every name that the function mentions, itself or by way of functions of the same file. */
function mentionsWithin(source, name) {
  const pending = functionsNamed(source, name)
  const visited = new Set(pending)
  const mentioned = new Set()
  while (pending.length > 0) {
    walk(pending.pop().node, node => {
      const found = node.type === 'MemberExpression' ? nameOf(node.property) : nameOf(node)
      if (found === undefined) return
      mentioned.add(found)
      for (const each of source.functions) {
        if (each.name !== found || visited.has(each)) continue
        visited.add(each)
        pending.push(each)
      }
    })
  }
  return mentioned
}
