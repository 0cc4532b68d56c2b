import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { buildLinks, CABLE_300, type Cable, missingLinks, PLAIN_CABLE, removeLinks } from './link.js'

const PORT = 9_000
const BYTES = 90_000
/** Accepts a connection and sends it so many bytes. */
const SERVER = `require('node:net').createServer(s => s.end(Buffer.alloc(${BYTES}))).listen(${PORT}, '0.0.0.0', () => console.log('ready'))`

const missing = missingLinks()

test('a link carries its rate and no more; a plain one is as fast as the machine', {
  skip: missing === null ? false : `skipped: ${missing}`,
}, async t => {
  const [near, far] = [`tradelane-test-near-${process.pid}`, `tradelane-test-far-${process.pid}`]
  t.after(() => removeLinks(near, far))
  buildLinks(near, far)
  const server = inNamespace(near, SERVER)
  t.after(() => server.kill())
  assert(server.stdout !== null)
  await once(server.stdout, 'data')
  // 90 kB at 300 kB/s are 300 ms, less the burst and what a late timer catches up.
  const slowMs = await msToRead(far, CABLE_300)
  assert.ok(slowMs > 200, `${slowMs} ms`)
  const plainMs = await msToRead(far, PLAIN_CABLE)
  assert.ok(plainMs < slowMs, `${plainMs} ms, limited ${slowMs} ms`)
})

/** How long a client in the namespace takes to read all. */
async function msToRead(namespace: string, { near }: Cable): Promise<number> {
  const script = `const t = performance.now()
let n = 0
require('node:net').connect(${PORT}, '${near}').on('data', b => { n += b.length }).on('end', () => console.log(n, performance.now() - t))`
  const client = inNamespace(namespace, script)
  assert(client.stdout !== null)
  const [output] = await once(client.stdout, 'data')
  const [byteCount, ms] = String(output).split(' ').map(Number)
  assert.equal(byteCount, BYTES)
  return ms ?? Number.NaN
}

function inNamespace(name: string, script: string): ChildProcess {
  return spawn('ip', ['netns', 'exec', name, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}
