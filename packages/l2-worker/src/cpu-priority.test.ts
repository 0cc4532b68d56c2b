import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { TestShard } from './test/test-shard.js'

const skip = process.platform === 'linux' ? false : 'skipped: priority of one thread is a matter of Linux'
const NOBODY = 65_534
const NICE_FIELD = 16 // of /proc/…/stat, counted behind the name

test('an L2 worker lowers the priority of its own thread and of no other', { skip }, async () => {
  const before = niceOfThreads()
  const shard = new TestShard()
  await shard.start()
  const after = niceOfThreads()
  const lowered = [...after].filter(([id, nice]) => nice === 10 && before.get(id) !== 10)
  assert.equal(lowered.length, 1)
  assert.ok([...before].every(([id, nice]) => !after.has(id) || after.get(id) === nice))
  await shard.stop()
})

test('where the system refuses, the log says so and the worker goes on', { skip }, t => {
  // From 19 to 10 is up: refused to whoever is not root.
  const program = `
    import { lowerPriority } from ${JSON.stringify(new URL('./cpu-priority.js', import.meta.url).href)}
    lowerPriority(10, { warn: (message, fields) => console.log(JSON.stringify({ message, ...fields })) })
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
  const [told, end] = output.trim().split('\n')
  const { message, nice, reason } = JSON.parse(told ?? '') as Record<string, unknown>
  assert.equal(message, 'the order books keep normal CPU priority')
  assert.equal(nice, 10)
  assert.match(String(reason), /EACCES|EPERM/)
  assert.equal(end, 'went on')
})

function niceOfThreads(): Map<string, number> {
  const threads = new Map<string, number>()
  for (const id of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    threads.set(id, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE_FIELD]))
  }
  return threads
}
