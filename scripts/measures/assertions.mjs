// How many assertions guard state: per package, the methods that write a field, and the `assert` calls in them. A method is
// one of a class, neither getter nor constructor, function-valued fields included; writing means an assignment to, or an
// increment of, `this.field`, `this.#field` or something reached through one.

import { walk } from './source-tree.mjs'

/** Folders of a package that are counted apart. */
const ROOM = /^.*?\/src\/(lanes|publish)(?=\/)/

/** As `{ folder, methods, asserted, inMethods, total }`, by package. */
export function assertionsByPackage(sources) {
  const rows = new Map()
  for (const { path, program, functions } of sources.values()) {
    const folder = ROOM.exec(path)?.[0].replace('/src', '') ?? path.slice(0, path.indexOf('/src/'))
    const row = rows.get(folder) ?? { folder, methods: 0, asserted: 0, inMethods: 0, total: 0 }
    rows.set(folder, row)
    row.total += assertionsIn(program)
    for (const { node, owner } of functions) {
      if (owner === undefined || !/^(method|set|field)$/.test(owner.kind) || !writesState(node)) continue
      const count = assertionsIn(node)
      row.methods += 1
      row.inMethods += count
      if (count > 0) row.asserted += 1
    }
  }
  return [...rows.values()]
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
