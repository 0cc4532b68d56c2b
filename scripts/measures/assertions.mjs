// How many assertions guard state: per package, the methods that write a field, and the `assert` calls in them. A method is
// one of a class, neither getter nor constructor, function-valued fields included; writing means an assignment to, or an
// increment of, `this.field`, `this.#field` or something reached through one.
//
// A method has an assertion when its own text has an `assert(…)` or an `assert.fail(…)`, or when it calls a private method of
// its class that writes no field and asserts: a check of the state that several methods share. A method that writes only
// through a private one is not listed; the private one is, and must assert itself.

import { nameOf, walk } from './source-tree.mjs'

/** Folders of a package that are counted apart. */
const ROOM = /^.*?\/src\/(lanes|publish)(?=\/)/

/** As `{ folder, methods, asserted, inMethods, total }`, by package. */
export function assertionsByPackage(sources) {
  const rows = new Map()
  for (const source of sources.values()) {
    const folder = folderOf(source)
    const row = rows.get(folder) ?? { folder, methods: 0, asserted: 0, inMethods: 0, total: 0 }
    rows.set(folder, row)
    row.total += assertionsIn(source.program)
    for (const { node, isAsserted } of statefulMethods(source)) {
      row.methods += 1
      row.inMethods += assertionsIn(node)
      if (isAsserted) row.asserted += 1
    }
  }
  return [...rows.values()]
}

/** Stateful methods without an assertion, as `{ place, method }`. */
export function unassertedMethods(sources) {
  return [...sources.values()].flatMap(source =>
    statefulMethods(source)
      .filter(({ isAsserted }) => !isAsserted)
      .map(({ owner, name, line }) => ({
        place: `${source.path}:${line}`,
        method: `${owner.className}.${name}`,
      })),
  )
}

function folderOf({ path }) {
  return ROOM.exec(path)?.[0].replace('/src', '') ?? path.slice(0, path.indexOf('/src/'))
}

function statefulMethods({ functions }) {
  const methods = functions.filter(({ owner }) => /^(method|set|field)$/.test(owner?.kind ?? ''))
  const checks = methods.filter(({ name, node }) => isPrivate(name) && assertionsIn(node) > 0 && !writesState(node))
  return methods
    .filter(({ node }) => writesState(node))
    .map(method => ({ ...method, isAsserted: assertionsIn(method.node) > 0 || callsOne(method, checks) }))
}

function isPrivate(name) {
  return name?.startsWith('#') === true
}

function callsOne({ node, owner }, checks) {
  const names = checks.filter(check => check.owner.className === owner.className).map(({ name }) => name)
  let isCalled = false
  walk(node, ({ type, callee }) => {
    if (type !== 'CallExpression' || callee.object?.type !== 'ThisExpression') return
    if (names.includes(nameOf(callee.property))) isCalled = true
  })
  return isCalled
}

function assertionsIn(node) {
  let count = 0
  walk(node, ({ type, callee }) => {
    if (type !== 'CallExpression') return
    const name = callee.type === 'MemberExpression' ? callee.object.name : callee.name
    if (name === 'assert') count += 1
  })
  return count
}

function writesState(method) {
  let hasWritten = false
  walk(method, node => {
    const target = { AssignmentExpression: node.left, UpdateExpression: node.argument }[node.type]
    if (target !== undefined && isReachedThroughThis(target)) hasWritten = true
  })
  return hasWritten
}

function isReachedThroughThis(target) {
  let node = target
  while (/^(MemberExpression|TSNonNullExpression)$/.test(node.type)) node = node.object ?? node.expression
  return node.type === 'ThisExpression' && node !== target
}
