// The TypeScript sources of a checkout, parsed: what each file imports, which functions it defines and how long they are.

import { readFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'
import { filesBelow, packageFolders, readJson } from '../workspace.mjs'

const TEST_FILE = /\.(test|stress|bench)\.ts$|(^|\/)(test|e2e)\//
const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

/** Every source that is not test code, of all packages of the checkout at `root`, as path → parsed file. */
export function readSources(root) {
  const scopes = new Map(
    packageFolders(root).map(folder => [readJson(join(root, folder, 'package.json')).name, folder]),
  )
  const sources = packageFolders(root).flatMap(folder =>
    filesBelow(join(root, folder, 'src'))
      .filter(file => file.endsWith('.ts') && !TEST_FILE.test(`${folder}/${file}`))
      .map(file => `${folder}/src/${file}`),
  )
  return new Map(sources.map(path => [path, parseSource(root, path, scopes)]))
}

function parseSource(root, path, scopes) {
  const text = readFileSync(join(root, path), 'utf8')
  const { program, module, errors } = parseSync(basename(path), text)
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0].message}`)
  const specifiers = [
    ...module.staticImports.map(each => each.moduleRequest.value),
    ...module.dynamicImports.map(each => text.slice(each.moduleRequest.start + 1, each.moduleRequest.end - 1)),
  ]
  const imports = new Set(specifiers.map(specifier => resolveImport(path, specifier, scopes)))
  const functions = functionsOf(program, lineFinder(text))
  return { path, program, imports, lineCount: text.split('\n').length - 1, functions, declared: declaredIn(program) }
}

function resolveImport(path, specifier, scopes) {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
  const [scope, name, ...rest] = specifier.split('/')
  const folder = scopes.get(`${scope}/${name}`)
  return folder === undefined ? specifier : `${folder}/src/${rest.join('/')}.ts`
}

/** Calls `visit` for the node and all below it, until it returns false for one, whose children are then left out. */
export function walk(node, visit) {
  if (visit(node) === false) return
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key]
    if (Array.isArray(child)) for (const each of child) each && walk(each, visit)
    else if (child) walk(child, visit)
  }
}

/** Functions, methods and function-valued fields with a body, as `{ name, owner, node, line, lineCount }`. */
function functionsOf(program, lineOf) {
  const found = []
  const names = new Map()
  const owners = new Map()
  walk(program, node => {
    if (/^Class(Declaration|Expression)$/.test(node.type)) {
      for (const member of node.body.body) {
        if (!FUNCTION.test(member.value?.type ?? '')) continue
        names.set(member.value, nameOf(member.key))
        owners.set(member.value, { className: node.id?.name, kind: member.kind ?? 'field', isStatic: member.static })
      }
    }
    if (node.type === 'VariableDeclarator' && node.init) names.set(node.init, node.id.name)
    if (node.type === 'Property') names.set(node.value, nameOf(node.key))
    if (!FUNCTION.test(node.type) || node.body?.type !== 'BlockStatement') return
    const line = lineOf(node.start)
    const lineCount = lineOf(node.end) - line + 1
    found.push({ name: node.id?.name ?? names.get(node), owner: owners.get(node), node, line, lineCount })
  })
  return found
}

/** Names of types, classes and constants at the top of the file. */
function declaredIn(program) {
  const statements = program.body.map(statement => statement.declaration ?? statement)
  const names = statements.flatMap(({ id, declarations = [] }) => [id, ...declarations.map(each => each.id)])
  return new Set(names.flatMap(id => (id?.name === undefined ? [] : [id.name])))
}

/** Of an identifier; a private one begins with `#`. */
export function nameOf(node) {
  if (node.type === 'PrivateIdentifier') return `#${node.name}`
  return node.type === 'Identifier' ? node.name : undefined
}

function lineFinder(text) {
  const starts = [...text.matchAll(/^/gm)].map(match => match.index)
  return offset => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle] <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
}
