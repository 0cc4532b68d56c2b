import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { serveHttp } from './http-endpoints.js'
import { LISTEN_EXCLUSIVE, type ListenSocket, loadUws } from './uws.js'

const uws = loadUws()
const app = uws.App()
let isReady = false
serveHttp(app, { isReady: () => isReady, notReadyReason: () => 'stopping' })
const opened = new Promise<ListenSocket>((resolve, reject) => {
  app.listen('127.0.0.1', 0, LISTEN_EXCLUSIVE, socket => {
    if (socket === false) reject(new Error('no port'))
    else resolve(socket)
  })
})
const url = `http://127.0.0.1:${uws.us_socket_local_port(await opened)}`
after(() => app.close())

test('/healthz answers ok, ready or not', async () => {
  isReady = false
  assert.deepEqual(await get('/healthz'), [200, 'ok\n'])
})

test('/readyz answers whether clients may connect, and if not, why', async () => {
  isReady = false
  assert.deepEqual(await get('/readyz'), [503, 'not ready: stopping\n'])
  isReady = true
  assert.deepEqual(await get('/readyz'), [200, 'ready\n'])
})

test('/ answers what the port is for; other paths are not found, whatever the method', async () => {
  assert.equal((await get('/'))[0], 200)
  assert.deepEqual(await get('/nothing?x=1'), [404, 'not found\n'])
  assert.deepEqual(await get('/healthz', 'DELETE'), [404, 'not found\n'])
})

async function get(path: string, method = 'GET'): Promise<[number, string]> {
  const response = await fetch(url + path, { method })
  return [response.status, await response.text()]
}
