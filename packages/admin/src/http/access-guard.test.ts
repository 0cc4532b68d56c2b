// The guard and the certificate of the admin port, on a small server of their own, over real sockets.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer, request, type Server } from 'node:https'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { digestOf } from '@tradelane/shared/access/token'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import type { Log } from '@tradelane/shared/thread/log'
import type { AccessRules } from '@tradelane/shared/thread/thread-messages'
import { Hono } from 'hono'
import { AccessGuard } from './access-guard.js'
import { renewCertificate, tlsOptionsOf } from './server-certificate.js'

const TOKEN = 'sesame-0123456789'
const WRONG = 'sesame-012345678X'
const PAGE = 'http://localhost:9002'
const [first, second] = [await newCertificate('first'), await newCertificate('second')]

test('the token opens every path, in each way; without it only /healthz answers', async () => {
  const { url, counters } = await plainServer({ tokenDigest: digestOf(TOKEN), allowedOrigins: [] })
  for (const path of ['/stat', '/tail', '/readyz', '/nothing', '/healthz/', '/stat?x=/healthz', '//healthz']) {
    const answer = await fetch(url + path)
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'], path)
    assert.equal(await answer.text(), 'a token is needed\n')
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
  assert.equal((await fetch(`${url}/healthz?x=1`)).status, 200)
  for (const [path, headers] of [
    ['/stat', { authorization: `Bearer ${TOKEN}` }],
    [`/stat?token=${TOKEN}`, {}],
    ['/stat', { 'sec-websocket-protocol': `tradelane, token.${TOKEN}` }],
  ] as const) {
    assert.equal((await fetch(url + path, { headers })).status, 200)
    const replaced = JSON.parse(JSON.stringify({ path, headers }).replaceAll(TOKEN, WRONG))
    assert.equal((await fetch(url + replaced.path, { headers: replaced.headers })).status, 401)
  }
  assert.deepEqual([counters().adminTokensRefused, counters().adminOriginsRefused], [10, 0])
})

test('a page of another origin is refused, our own page and a program are not', async () => {
  const { url, counters } = await plainServer({ tokenDigest: null, allowedOrigins: [PAGE] })
  assert.equal((await fetch(`${url}/stat`)).status, 200)
  assert.equal((await fetch(`${url}/stat`, { headers: { origin: PAGE } })).status, 200)
  for (const origin of ['null', 'http://localhost:9003', 'https://evil.example']) {
    const answer = await fetch(`${url}/stat`, { headers: { origin } })
    assert.deepEqual([answer.status, await answer.text()], [403, 'this origin is not allowed\n'])
  }
  assert.deepEqual([counters().adminTokensRefused, counters().adminOriginsRefused], [0, 3])
})

test('a renewed certificate is served to new connections, and those that are open stay', async () => {
  const files = new CertificateFiles(first)
  const { server, port } = await tlsServer(files)
  const kept = connectTls({ port, host: '127.0.0.1', ca: first.cert })
  await once(kept, 'secureConnect')
  files.write(second)
  renewCertificate(server, files, logTo([]))
  assert.equal(await certificateNameOn(port), 'second')
  kept.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
  assert.match(String((await once(kept, 'data'))[0]), /^HTTP\/1\.1 200 /)
  kept.destroy()
})

test('a broken file leaves the old certificate, with one line that shows no key', async () => {
  const files = new CertificateFiles(first)
  const { server, port } = await tlsServer(files)
  const lines: string[] = []
  for (const broken of [{ cert: 'junk' }, { cert: first.cert, key: second.key }]) {
    files.write(broken)
    renewCertificate(server, files, logTo(lines))
    assert.equal(await certificateNameOn(port), 'first')
  }
  assert.equal(lines.length, 2)
  assert.doesNotMatch(lines.join(), /PRIVATE|BEGIN/)
})

test('over TLS the same guard answers', async () => {
  const { port } = await tlsServer(new CertificateFiles(first))
  assert.equal(await statusOf(port, '/stat'), 401)
  assert.equal(await statusOf(port, `/stat?token=${TOKEN}`), 200)
})

test('a server with a certificate that cannot be used does not start', () => {
  const files = new CertificateFiles({ cert: first.cert, key: second.key })
  assert.throws(() => tlsOptionsOf(files), { code: 'ERR_CERTIFICATE' })
})

function guarded(rules: AccessRules, counters: Counters): RequestListener {
  const guard = new AccessGuard(rules, counters)
  const routes = new Hono()
  for (const path of ['/healthz', '/readyz', '/stat', '/tail']) routes.get(path, context => context.text('ok\n'))
  const serve = getRequestListener(routes.fetch)
  return (incoming, response) => {
    const refusal = guard.check(incoming)
    if (refusal === null) void serve(incoming, response)
    else response.writeHead(refusal.status, { ...refusal.headers, connection: 'close' }).end(refusal.text)
  }
}

async function plainServer(
  rules: AccessRules,
): Promise<{ url: string; counters: () => ReturnType<typeof readCounters> }> {
  const counters = createCounters(1)
  const port = await opened(createServer(guarded(rules, new Counters(counters, 0))))
  return { url: `http://127.0.0.1:${port}`, counters: () => readCounters(counters) }
}

async function tlsServer(files: CertificateFiles): Promise<{ server: Server; port: number }> {
  const rules = { tokenDigest: digestOf(TOKEN), allowedOrigins: [] }
  const server = createTlsServer(tlsOptionsOf(files), guarded(rules, new Counters(createCounters(1), 0)))
  return { server, port: await opened(server) }
}

async function opened(server: TcpServer & { closeAllConnections(): void }): Promise<number> {
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function certificateNameOn(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const name = socket.getPeerCertificate().subject.CN
  socket.destroy()
  return String(name)
}

async function statusOf(port: number, path: string): Promise<number | undefined> {
  const asked = request({ host: '127.0.0.1', port, path, ca: first.cert })
  asked.end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  return answer.statusCode
}

function logTo(lines: string[]): Log {
  const write: Log['info'] = (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  return { debug: write, info: write, warn: write, error: write }
}
