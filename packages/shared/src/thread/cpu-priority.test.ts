import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { skipWithoutThreadNice as skip } from './test/thread-nice.js'

const NOBODY = 65_534

test('where the system refuses, the log says so and the thread continues', { skip }, t => {
  // From 19 to 10 is up: refused to everyone but root.
  const program = `
    import { setNiceness } from ${JSON.stringify(new URL('./cpu-priority.js', import.meta.url).href)}
    setNiceness(10, { warn: (message, fields) => console.log(JSON.stringify({ message, ...fields })) })
    console.log('went on')`
  const args = ['-n', '19', process.execPath, '--input-type=module', '-e', program]
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  let output: string
  try {
    output = execFileSync('nice', args, { encoding: 'utf8', cwd: '/', ...identity })
  } catch (error) {
    // Another user may not read this folder.
    if (!/EACCES|ERR_MODULE_NOT_FOUND|Cannot find/.test(String(error))) throw error
    t.skip(`skipped: ${String(error).split('\n')[0]}`)
    return
  }
  const [line, end] = output.trim().split('\n')
  const { message, nice, reason } = JSON.parse(line ?? '') as Record<string, unknown>
  assert.equal(message, 'thread keeps normal CPU priority')
  assert.equal(nice, 10)
  assert.match(String(reason), /EACCES|EPERM/)
  assert.equal(end, 'went on')
})
