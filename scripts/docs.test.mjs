// What the documents show exists: every relative link with its heading, every command with its flags, every setting.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { filesBelow, ROOT, readJson } from './workspace.mjs'

const PAGES = [
  'README.md',
  'ops/RUNBOOK.md',
  ...filesBelow(join(ROOT, 'docs'))
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
]
/** The target, maybe with a heading. */
const LINK = /\]\((?!\w+:)([^)\s]+)\)/g
const FENCED = /```(?:sh|)\n([\s\S]*?)```/g
const SPAN = /`([^`\n]+)`/g
const COMMAND = /^(?:npx |\.\/)?tradelane +(.+)$/
/** Names of the environment that are no settings of the program, or that it refuses. */
const OTHER_NAMES =
  /^(NO_COLOR|CACHE_DIRECTORY|XDG_CACHE_HOME|NODE_EXTRA_CA_CERTS|WS_BUFFER_SIZE|WS_ENVELOPE|WS_BINARY_FRAMES|REQUIRE_TOOLS)$/
const { scripts } = readJson(join(ROOT, 'package.json'))

/** A start of the program is made once. */
const helpOf = remembered(command => {
  const { stdout, status } = run(command, '--help')
  assert.ok(status === 0 && stdout.includes(`tradelane ${command} `), `there is no command ${command}`)
  return stdout
})

/** Where the flags of an npm script are read. */
const sourceOf = remembered(name => {
  if (name === 'start') return `--live ${helpOf('demo')}`
  const folder = name === 'bench' || name === 'hostile' ? 'benchmarks/src' : 'scripts'
  const files =
    folder === 'scripts' ? [`${name}.mjs`] : filesBelow(join(ROOT, folder)).filter(file => /\.ts$/.test(file))
  const text = files.filter(file => existsSync(join(ROOT, folder, file))).map(file => textOf(`${folder}/${file}`))
  // The names of flags as the parsers have them: `'scenario'`, `scenario:`.
  return text.join('\n').replaceAll(/['"]?([\w-]+)['"]?: \{ ?type:/g, '--$1')
})

test('every relative link leads to a file, and to a heading that it has', () => {
  for (const page of PAGES) {
    for (const [, target] of textOf(page).matchAll(LINK)) {
      const [path, heading] = target.split('#')
      const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path))
      assert.ok(existsSync(join(ROOT, file)), `${page}: ${target}`)
      if (heading !== undefined) assert.ok(headingsOf(file).includes(heading), `${page}: ${target}`)
    }
  }
})

test('every test that ARCHITECTURE.md names for a refusal or a remedy exists', () => {
  const [, section] = /## Refusals and remedies\n([\s\S]*?)\n## /.exec(textOf('ARCHITECTURE.md')) ?? []
  const rows = (section ?? '').split('\n').filter(line => line.startsWith('| ') && !/ test \|$/.test(line))
  assert.ok(rows.length > 12)
  for (const row of rows) {
    const named = [...row.matchAll(/`([\w/.-]+\.test\.ts)` "([^"]+)"/g)]
    assert.ok(named.length > 0, row)
    for (const [, file, title] of named) assert.ok(textOf(`packages/${file}`).includes(title), `${file}: ${title}`)
  }
})

test('every command of the program exists, with those flags', () => {
  const commands = [...new Set(PAGES.flatMap(commandsOf))]
    .map(line => COMMAND.exec(line)?.[1])
    .filter(rest => rest !== undefined)
  assert.ok(commands.length > 10)
  for (const rest of commands) {
    const [name, ...words] = rest.split(/\s+/)
    if (name.startsWith('--')) continue
    assertFlags(words, helpOf(name), `tradelane ${rest}`)
  }
})

test('every npm script that is shown exists, with those flags', () => {
  for (const line of PAGES.flatMap(commandsOf)) {
    const [, name, flags = ''] = /^npm (?:run )?([\w:]+)(?: -- (.*))?/.exec(line) ?? []
    if (name === undefined || name === 'pack' || name === 'i') continue
    assert.ok(name in scripts, line)
    assertFlags(flags.split(/\s+/), sourceOf(name), line)
  }
})

test('every setting that is shown exists', () => {
  const known = new Set(
    run('config')
      .stdout.split('\n')
      .map(line => line.split(' ')[0]),
  )
  for (const page of PAGES) {
    for (const [, span] of textOf(page).matchAll(SPAN)) {
      const [name] = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?=$|[=:])/.exec(span) ?? []
      if (name !== undefined && !OTHER_NAMES.test(name)) assert.ok(known.has(name), `${page}: ${span}`)
    }
  }
})

/** Lines of shell examples, and commands within sentences. */
function commandsOf(page) {
  const text = textOf(page)
  const fenced = [...text.matchAll(FENCED)].flatMap(([, block]) => block.split('\n'))
  const spans = [...text.replace(FENCED, '').matchAll(SPAN)].map(([, span]) => span)
  // Several in one line, and what a comment says of them.
  return [...fenced, ...spans].flatMap(line => line.replace(/ #.*/, '').split(' && ')).map(line => line.trim())
}

function assertFlags(words, source, line) {
  for (const word of words) {
    const [, flag] = /^\[?(--[a-z][\w-]*)/.exec(word) ?? []
    if (flag !== undefined) assert.match(source, new RegExp(`${flag}(?![\\w-])`), `${line}: ${flag}`)
  }
}

function remembered(make) {
  const made = new Map()
  return name => {
    if (!made.has(name)) made.set(name, make(name))
    return made.get(name)
  }
}

function run(...args) {
  const main = join(ROOT, 'packages/server/dist/main.js')
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH } })
}

/** As they are linked. */
function headingsOf(file) {
  return [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function textOf(file) {
  return readFileSync(join(ROOT, file), 'utf8')
}
