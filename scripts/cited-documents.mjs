// Documents that comments and documents refer to have to be in the repository. A comment refers to one by its path
// (`benchmarks/README.md`, from the root or from the file's own folder), or by a name in capitals and a section sign, which
// stands for a Markdown file in the root; a Markdown file also by a relative link.

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { filesBelow, packageFolders, ROOT } from './workspace.mjs'

const NAMED = /(?<![\w/.-])([\w./-]+\.md)\b/g
const SECTION = /\b([A-Z][A-Z_-]{2,}) ?§/g
const LINK = /\]\((?!\w+:|#)([^)#]+)/g

/** One line per document that is missing, `file:line` first. */
export function findMissingDocuments(root = ROOT) {
  const folders = [...packageFolders(root).map(folder => `${folder}/src`), 'scripts']
  const sources = folders.flatMap(folder =>
    filesBelow(join(root, folder))
      .filter(file => /\.(ts|mjs)$/.test(file))
      .map(file => `${folder}/${file}`),
  )
  const pages = ['', ...packageFolders(root).map(folder => `${folder}/`)].flatMap(folder =>
    ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
      .map(name => `${folder}${name}`)
      .filter(path => existsSync(join(root, path))),
  )
  return [
    ...sources.flatMap(path => missingIn(root, path, commentsOf(root, path), [NAMED, SECTION])),
    ...pages.flatMap(path => missingIn(root, path, [{ start: 0, text: read(root, path) }], [LINK, SECTION])),
  ]
}

function missingIn(root, path, passages, patterns) {
  return passages.flatMap(({ start, text }) =>
    patterns.flatMap(pattern =>
      [...text.matchAll(pattern)]
        .filter(match => !exists(root, path, pattern === SECTION ? `${match[1]}.md` : match[1]))
        .map(match => `${path}:${lineAt(root, path, start + match.index)} ${match[1]} is not in the repository`),
    ),
  )
}

function exists(root, path, name) {
  return existsSync(join(root, name)) || existsSync(join(root, dirname(path), name))
}

/** Comments as `{ start, text }`, `start` being a character offset within the file. */
function commentsOf(root, path) {
  const { comments } = parseSync(basename(path), read(root, path))
  return comments.map(({ start, value }) => ({ start: start + 2, text: value }))
}

function lineAt(root, path, offset) {
  return read(root, path).slice(0, offset).split('\n').length
}

function read(root, path) {
  return readFileSync(join(root, path), 'utf8')
}
