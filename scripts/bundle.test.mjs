// The bundle that this run of the tests starts: `npm test` has just made it, if it was not there.

import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ROOT } from './workspace.mjs'

const FOLDER = join(ROOT, 'packages/server/bundle')

/** Files that are loaded with an entry, at once or later. */
function loaded(name) {
  return readdirSync(FOLDER).filter(
    file => file.endsWith('.js') && (file === `${name}.js` || file.startsWith(`${name}-`)),
  )
}

function textOf(file) {
  return readFileSync(join(FOLDER, file), 'utf8')
}

test('the program starts from its bundle', async () => {
  const { bundledCli } = await import('../packages/server/dist/bundle.js')
  assert.notEqual(bundledCli(), null)
})

test('a thread is one file, except where it loads the rest after it has lowered its priority', () => {
  for (const name of ['ingest', 'gateway', 'shared']) assert.deepEqual(loaded(name), [`${name}.js`])
  for (const name of ['l2', 'admin', 'rest', 'instrument-list']) assert.ok(loaded(name).length > 1)
})

test('a long list of instruments is parsed in the bundled thread', async () => {
  const { Piscina } = createRequire(join(ROOT, 'packages/ingest/package.json'))('piscina')
  const pool = new Piscina({ filename: join(FOLDER, 'instrument-list.js'), maxThreads: 1 })
  try {
    const body = Buffer.from(JSON.stringify({ symbols: [{ symbol: 'BTCUSDT', status: 'TRADING' }] }))
    const page = await pool.run({ productId: 'binance-spot', body, symbols: new Set(['BTCUSDT']) })
    assert.equal(page.entryCount, 1)
  } finally {
    await pool.destroy()
  }
})

test('requests are sent in the bundled thread', async () => {
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const thread = new Worker(join(FOLDER, 'rest.js'), { workerData: { proxy: null } })
  try {
    thread.postMessage({ type: 'get', id: 1, url: `http://127.0.0.1:${server.address().port}/` })
    const answers = on(thread, 'message')
    const {
      value: [head],
    } = await answers.next()
    const {
      value: [answer],
    } = await answers.next()
    assert.deepEqual([head.type, head.status], ['head', 200])
    assert.deepEqual([answer.type, Buffer.from(answer.body).toString()], ['body', '{}'])
  } finally {
    await thread.terminate()
    server.close()
    server.closeAllConnections()
  }
})

test('what starts first contains nothing of rarely used commands, and an L2 worker nothing of sockets', () => {
  assert.doesNotMatch(textOf('cli.js'), /\/\/ packages\/(venue-sim|probe)\/dist\/(simulator|ledger)/)
  for (const file of loaded('l2')) assert.doesNotMatch(textOf(file), /node_modules\/ws\/|uWebSockets/)
})

test('the source maps lead to the TypeScript sources', () => {
  const { sources } = JSON.parse(textOf('gateway.js.map'))
  assert.ok(sources.includes('../../gateway/src/priority-merge.ts'), sources.join('\n'))
  assert.deepEqual(
    sources.filter(source => source.includes('/dist/') && !source.includes('node_modules')),
    [],
  )
})
