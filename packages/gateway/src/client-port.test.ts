// TLS on the port, with the real uWebSockets.js: a renewed certificate takes over the port and disconnects nobody.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { recordedHello } from '@tradelane/shared/access/test/recorded-hello'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import type { CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import WebSocket from 'ws'
import { ClientPort } from './client-port.js'
import { REOPEN_MS, RETIRED_APPS_MAX, RETIRED_MS_MIN } from './limits.js'
import { Port } from './port.js'
import { freePort, GatewayUnderTest } from './test/gateway-fixture.js'
import { type App, loadUws, type Uws } from './uws.js'

const uws = loadUws()
/** The supervisor's patience. */
const GATEWAY_STOP_MS_MAX = 4_000
const [first, second] = [await newCertificate('first'), await newCertificate('second')]

test('a client over TLS is served; plain handshakes and health go the same way', async () => {
  const files = new CertificateFiles(first)
  const gateway = await gatewayWith(files)
  const client = await clientOf(gateway.port)
  assert.equal(JSON.parse(client.frames[0] ?? '').type, 'welcome')
  assert.equal(await certificateNameOn(gateway.port), 'first')
  await assert.rejects(once(new WebSocket(gateway.url), 'open'))
  client.socket.terminate()
  assert.equal(await gateway.stop(), 0)
})

test('a renewed certificate is served to new clients; those connected stay and miss nothing', async () => {
  const files = new CertificateFiles(first)
  const gateway = await gatewayWith(files)
  const old = await clientOf(gateway.port)
  gateway.publishTrade()
  files.write(second)
  gateway.post({ type: 'certificate' })
  await until(() => isServing(gateway.port, 'second'), 'the new certificate is served')
  const young = await clientOf(gateway.port)
  gateway.publishTrade()
  await until(() => sequencesOf(old).join() === '1,2' && sequencesOf(young).join() === '2', 'both get the trades')
  assert.equal(gateway.counters().certificatesRenewed, 1)
  // It reads no Close frame, so its connection ends with its app.
  const stopped = await clientOf(gateway.port)
  files.write(first)
  gateway.post({ type: 'certificate' })
  await until(() => isServing(gateway.port, 'first'), 'the old certificate is served again')
  stopped.socket.pause()
  const startMs = performance.now()
  gateway.requestStop()
  assert.equal(await gateway.exited(), 0)
  assert.ok(performance.now() - startMs < GATEWAY_STOP_MS_MAX, 'no connection of any app is left open')
  assert.deepEqual([await old.closed, await young.closed], [1001, 1001])
  stopped.socket.terminate()
})

test('files that cannot be used leave the old certificate; those that are the same leave the app', async () => {
  const files = new CertificateFiles(first)
  const gateway = await gatewayWith(files)
  const client = await clientOf(gateway.port)
  const errors = (): number =>
    gateway.messages.filter(each => each.type === 'log' && each.level === 'error' && /not renewed/.test(each.message))
      .length
  let expected = 0
  for (const broken of [{ cert: 'junk' }, { key: second.key }, { cert: '' }]) {
    files.write({ ...first, ...broken })
    gateway.post({ type: 'certificate' })
    expected += 1
    await until(() => errors() === expected, 'the error is logged')
    assert.equal(await certificateNameOn(gateway.port), 'first')
  }
  files.write(first)
  gateway.post({ type: 'certificate' })
  gateway.post({ type: 'certificate' })
  gateway.publishTrade()
  await until(() => sequencesOf(client).length === 1, 'the client is served')
  assert.deepEqual([gateway.counters().certificatesRenewed, errors()], [0, 3])
  client.socket.terminate()
  assert.equal(await gateway.stop(), 0)
})

test('a stop in the middle of a flood of handshakes is in order', async () => {
  const gateway = await gatewayWith(new CertificateFiles(first))
  const hello = await recordedHello()
  const sockets = Array.from({ length: 300 }, () => connect(gateway.port, '127.0.0.1'))
  for (const socket of sockets) socket.on('error', () => {})
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  for (const socket of sockets) socket.write(hello)
  await Promise.race(sockets.map(socket => once(socket, 'data')))
  assert.equal(await gateway.stop(), 0, 'no handle is left open: one would abort the process')
  for (const socket of sockets) socket.destroy()
})

test('an old app is closed when its last client has left, and handshakes had time to become clients', async () => {
  const fixture = await portWith()
  const client = await clientOf(fixture.port)
  fixture.files.write(second)
  fixture.clientPort.renewCertificate()
  fixture.tick(RETIRED_MS_MIN)
  assert.equal(fixture.closedCount, 0, 'it has a client')
  client.socket.close()
  await client.closed
  await until(() => fixture.clientCount === 0, 'the client has left')
  fixture.tick(0)
  assert.equal(fixture.closedCount, 1)
  assert.equal(await certificateNameOn(fixture.port), 'second')
})

test('a handshake that was under way at the renewal is finished by the old app', async () => {
  const fixture = await portWith()
  const socket = connectTls({ port: fixture.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  fixture.files.write(second)
  fixture.clientPort.renewCertificate()
  fixture.tick(RETIRED_MS_MIN - 1)
  const client = new WebSocket(`wss://127.0.0.1:${fixture.port}`, { createConnection: () => socket })
  await once(client, 'open')
  fixture.tick(1)
  assert.equal(fixture.closedCount, 0, 'it has a client now')
  client.terminate()
})

test('of too many old apps the oldest is closed, with its clients', async () => {
  const fixture = await portWith()
  const clients = [await clientOf(fixture.port)]
  for (let count = 0; count <= RETIRED_APPS_MAX; count += 1) {
    fixture.files.write(count % 2 === 0 ? second : first)
    fixture.clientPort.renewCertificate()
    fixture.tick(0)
    clients.push(await clientOf(fixture.port))
  }
  assert.equal(fixture.closedCount, 0, 'handshakes may be under way')
  fixture.tick(RETIRED_MS_MIN)
  assert.equal(fixture.closedCount, 1)
  assert.equal(await clients[0]?.closed, 1006)
  assert.equal(fixture.clientCount, RETIRED_APPS_MAX + 1)
  for (const { socket } of clients) socket.terminate()
})

test('a port that the new app cannot open is tried again, with one line', async () => {
  const fixture = await portWith()
  fixture.isPortLost = true
  fixture.files.write(second)
  fixture.clientPort.renewCertificate()
  fixture.tick(0)
  assert.ok(!fixture.clientPort.isListening)
  for (let count = 0; count < 3; count += 1) fixture.tick(REOPEN_MS)
  assert.equal(fixture.lines.length, 1)
  fixture.isPortLost = false
  fixture.tick(REOPEN_MS - 1)
  assert.ok(!fixture.clientPort.isListening)
  fixture.tick(1)
  assert.ok(fixture.clientPort.isListening)
  assert.equal(await certificateNameOn(fixture.port), 'second')
})

test('a port that was closed on purpose stays closed when the certificate is renewed', async () => {
  const fixture = await portWith()
  fixture.clientPort.stopListening()
  fixture.files.write(second)
  fixture.clientPort.renewCertificate()
  fixture.tick(REOPEN_MS)
  assert.ok(!fixture.clientPort.isListening)
})

test('a start with a certificate that cannot be used is an error that names the files', () => {
  const files = new CertificateFiles({ cert: first.cert, key: second.key })
  assert.throws(() => new PortFixture(files, 0), { message: /cert\.pem or .*key\.pem cannot be used: / })
})

class PortFixture {
  readonly clientPort: ClientPort
  readonly files: CertificateFiles
  readonly port: number
  readonly lines: string[] = []
  closedCount = 0
  clientCount = 0
  isPortLost = false
  #nowMs = 1_000

  constructor(files: CertificateFiles, port: number) {
    this.files = files
    this.port = port
    const record = (message: string): unknown => this.lines.push(message)
    const log = { debug: record, info: record, warn: record, error: record }
    const counters = new Counters(createCounters(1), 0)
    const nowMs = (): number => this.#nowMs
    const watched = this.#watchedUws()
    this.clientPort = new ClientPort({
      uws: watched,
      port: new Port({
        uws: watched,
        gate: new PortGate(createAdmission(1, 1)),
        gateway: 0,
        host: '127.0.0.1',
        port,
        isExclusive: true,
        counters,
        limitedLog: new RateLimitedLog(log, { nowMs }),
      }),
      certificate: files,
      serve: app => this.#serve(app),
      release: app => app.close(),
      counters,
      log,
      timers: systemTimers,
      nowMs,
    })
    after(() => this.clientPort.closeNow())
  }

  tick(ms: number): void {
    this.#nowMs += ms
    this.clientPort.tick(this.#nowMs)
  }

  #serve(app: App): () => number {
    let count = 0
    const changed = (by: number): void => {
      count += by
      this.clientCount += by
    }
    app.ws('/*', {
      open: socket => {
        changed(1)
        socket.send('{}')
      },
      close: () => changed(-1),
    })
    return () => count
  }

  #watchedUws(): Uws {
    const watched = (app: App): App => ({
      ws: (pattern, behavior) => app.ws(pattern, behavior),
      any: (pattern, handler) => app.any(pattern, handler),
      listen: (host, port, options, callback) =>
        this.isPortLost ? callback(false) : app.listen(host, port, options, callback),
      close: () => {
        this.closedCount += 1
        return app.close()
      },
    })
    return {
      App: () => watched(uws.App()),
      SSLApp: options => watched(uws.SSLApp(options)),
      us_listen_socket_close: socket => uws.us_listen_socket_close(socket),
      us_socket_local_port: socket => uws.us_socket_local_port(socket),
    }
  }
}

async function portWith(): Promise<PortFixture> {
  const fixture = new PortFixture(new CertificateFiles(first), await freePort())
  fixture.clientPort.listen()
  return fixture
}

async function gatewayWith(certificate: CertificatePaths): Promise<GatewayUnderTest> {
  const { certPath, keyPath } = certificate
  const more = { certificate: { certPath, keyPath } }
  const gateway = new GatewayUnderTest({ port: await freePort(), more })
  assert.equal((await gateway.start()).type, 'running')
  return gateway
}

interface TlsClient {
  readonly socket: WebSocket
  readonly frames: string[]
  readonly closed: Promise<number>
}

/** Resolves with the first frame. */
async function clientOf(port: number): Promise<TlsClient> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}`, { ca: [first.cert, second.cert] })
  const frames: string[] = []
  socket.on('message', frame => frames.push(String(frame)))
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  socket.once('error', () => {})
  await once(socket, 'message')
  return { socket, frames, closed }
}

function sequencesOf({ frames }: TlsClient): readonly number[] {
  return frames
    .map(frame => JSON.parse(frame))
    .filter(({ kind, type }) => kind === 'trade' && type === undefined)
    .map(({ seq }) => seq)
}

async function certificateNameOn(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const name = socket.getPeerCertificate().subject.CN
  socket.destroy()
  return String(name)
}

/** While another app takes over the port, a connection may be reset. */
async function isServing(port: number, name: string): Promise<boolean> {
  return await certificateNameOn(port).then(
    served => served === name,
    () => false,
  )
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5_000
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadlineMs, `not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
