// Prints how the code measures up: `node scripts/measures.mjs [ROOT]`, of another checkout when one is named. Sources are the
// TypeScript files of all packages that are not tests. A path comes from ARCHITECTURE.md, or from measures/paths-before.md
// for a checkout that is older than those lists (see measures/paths.mjs). Exit code 1 when a path does not hold.
//
// With `--unasserted` it prints instead the stateful methods without an assertion; measures/assertions.mjs has the rule.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findImportCycles } from './import-rules.mjs'
import { assertionsByPackage, unassertedMethods } from './measures/assertions.mjs'
import { followPath, PATHS, readKey, readSteps } from './measures/paths.mjs'
import { readSources } from './measures/source-tree.mjs'
import { filesNamingVenue } from './measures/venue-places.mjs'
import { ROOT, say } from './workspace.mjs'

const EXAMPLE_VENUE = 'okx'
const isOfUnasserted = process.argv.includes('--unasserted')
const root = resolve(process.argv.slice(2).find(argument => argument !== '--unasserted') ?? ROOT)
const sources = readSources(root)

if (isOfUnasserted) printUnasserted()
else {
  printPaths()
  printSizes()
  printCycles()
  printVenuePlaces()
  printAssertions()
}

function printPaths() {
  const current = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const before = readFileSync(join(ROOT, 'scripts/measures/paths-before.md'), 'utf8')
  for (const title of PATHS) {
    const text = readSteps(current, title).length > 0 ? current : before
    const { fileCount, links, faults } = followPath(readSteps(text, title), sources, readKey(text, title))
    const kinds = ['call', 'import', 'key', 'memory'].map(
      kind => `${links.filter(link => link === kind).length} by ${kind}`,
    )
    say(`${title}: ${fileCount} files (steps connected ${kinds.join(', ')})\n`)
    for (const fault of faults) say(`  ${fault}\n`)
    if (faults.length > 0) process.exitCode = 1
  }
}

function printSizes() {
  const files = [...sources.values()]
  const fileLines = files.map(({ lineCount }) => lineCount)
  const named = files.flatMap(({ functions }) => functions.filter(({ name }) => name !== undefined))
  const total = fileLines.reduce((sum, lines) => sum + lines, 0)
  say(`${files.length} files with ${total} lines, ${named.length} named functions\n`)
  say(`lines of a file: ${spread(fileLines)}\n`)
  say(`lines of a function: ${spread(named.map(({ lineCount }) => lineCount))}\n`)
}

function printCycles() {
  const { atRunTime, ofTypes } = findImportCycles(root)
  say(`import cycles: ${atRunTime.length} at run time, ${ofTypes.length} of types\n`)
  for (const cycle of [...atRunTime, ...ofTypes]) say(`  ${cycle}\n`)
}

function printVenuePlaces() {
  const files = filesNamingVenue(sources, EXAMPLE_VENUE)
  say(`files outside its folders that name the venue ${EXAMPLE_VENUE}: ${files.length}\n`)
  for (const file of files) say(`  ${file}\n`)
}

function printAssertions() {
  say('package                  stateful methods  with assertions  assertions in them  per method  all assertions\n')
  for (const { folder, methods, asserted, inMethods, total } of assertionsByPackage(sources)) {
    const ratio = methods === 0 ? '–' : (inMethods / methods).toFixed(2)
    const cells = [
      folder.padEnd(25),
      pad(methods, 16),
      pad(asserted, 17),
      pad(inMethods, 20),
      pad(ratio, 12),
      pad(total, 16),
    ]
    say(`${cells.join('')}\n`)
  }
}

function printUnasserted() {
  for (const { place, method } of unassertedMethods(sources)) say(`${place} ${method}\n`)
}

function spread(values) {
  return `median ${quantile(values, 0.5)}, p90 ${quantile(values, 0.9)}, max ${Math.max(...values)}`
}

function quantile(values, share) {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

function pad(value, width) {
  return String(value).padStart(width)
}
