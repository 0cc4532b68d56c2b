// The start of the single executable, alone in an empty folder, without Node on the PATH.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StolenTime } from '../packages/shared/dist/thread/stolen-time.js'
import { packagedProgram } from './packaged-program.mjs'
import { ROOT } from './workspace.mjs'

/** Without the share that a hypervisor took of the processors meanwhile. */
const OPEN_MS_MAX = 3_000
const SCRIPTS = process.env.TRADELANE_CLIENT_SCRIPTS ?? join(ROOT, '../shared/design/clients')
const PYTHON = '/usr/bin/python3'

const { folder, program, environment, run } = await packagedProgram()
// The first start unpacks.
run('--version')

test('demo opens its port within 3 s, in a folder without Node, and serves what the specified scripts want', async t => {
  const port = await freePort()
  const stolen = new StolenTime()
  stolen.start()
  const startMs = performance.now()
  const args = ['demo', '--ws-addr', `127.0.0.1:${port}`, '--journal', join(folder, 'journal.txt')]
  const child = spawn(program, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const exited = new Promise(resolve => child.once('exit', resolve))
  t.after(() => child.kill('SIGKILL'))
  while (!(await isOpen(port))) {
    assert.equal(child.exitCode, null, output)
    stolen.end()
    assert.ok((performance.now() - startMs) * (1 - (stolen.share ?? 0)) < OPEN_MS_MAX, output)
    await sleep(10)
  }
  const percent = ((stolen.share ?? 0) * 100).toFixed(0)
  t.diagnostic(`the port was open after ${Math.round(performance.now() - startMs)} ms, ${percent} % of them stolen`)
  while (!/\(admin: /.test(output)) await sleep(10)
  const [, page] = /^Serving on (http:\S+) \(admin/m.exec(output)
  const html = await (await fetch(page)).text()
  const assets = [...html.matchAll(/(?:src|href)="\.?(\/assets\/[^"]+)"/g)].map(([, path]) => path)
  assert.ok(assets.length > 0, html)
  for (const path of assets) assert.equal((await fetch(page + path)).status, 200, path)
  await t.test('the scripts', { skip: skipScripts() }, async () => {
    const [kinds, latency] = await Promise.all(['kinds.py', 'latency.py'].map(name => runScript(name, port)))
    assert.match(kinds, /✅ All required event types present/)
    // Its verdict needs the whole minute: patience.paced.e2e.test.ts waits for it.
    assert.match(latency, /ALL EXCHANGES/)
  })
  const probe = run('probe', `ws://127.0.0.1:${port}`, '--seconds', '1')
  assert.match(probe.stdout, / [1-9]\d* frames, /, probe.stderr)
  child.kill('SIGINT')
  assert.equal(await exited, 0, output)
  // Nothing was downloaded or written beside it but its own folder.
  assert.deepEqual(readdirSync(folder).sort(), ['.cache', 'journal.txt', 'tradelane'])
})

function skipScripts() {
  if (!existsSync(SCRIPTS)) return `skipped: the client scripts are not at ${SCRIPTS}`
  const found = spawnSync(PYTHON, ['-c', 'import websockets'], { stdio: 'ignore' }).status === 0
  return found || process.env.REQUIRE_TOOLS === '1' ? false : 'skipped: python3-websockets'
}

/** The one that listens for a minute listens for two seconds. */
async function runScript(name, port) {
  const text = readFileSync(join(SCRIPTS, name), 'utf8')
    .replaceAll('ws://127.0.0.1:9001', `ws://127.0.0.1:${port}`)
    .replace('- start < 60', '- start < 2')
  const child = spawn(PYTHON, ['-'], { env: { ...process.env, PYTHONIOENCODING: 'utf-8' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  child.stdin.end(text)
  await new Promise(resolve => child.once('close', resolve))
  return output
}

function isOpen(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}
