// Runs several test files in this process, in the order of its arguments: what they share is loaded, and compiled by the engine,
// once. For files that need no process of their own.

import { resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

// While no test runs, one that is declared begins at once, in the middle of its file. The tally leaves this one out.
let loaded
const loading = new Promise(resolve => {
  loaded = resolve
})
test('the files are loaded', () => loading)
for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href)
loaded()
