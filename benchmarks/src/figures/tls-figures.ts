// Prints what TLS handshakes cost the thread that serves them: `node benchmarks/dist/figures/tls-figures.js` (Linux). Real
// uWebSockets.js in a thread of its own. A flood repeats one recorded ClientHello, which costs the client nothing: the server
// signs before it knows anything about the client.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { chooseFreePort } from '@tradelane/server/exclusive-port'
import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { recordedHello } from '@tradelane/shared/access/test/recorded-hello'
import type { TlsServerStart, TlsServerUsage } from './tls-figures-worker.js'

const HANDSHAKES = 300
const FLOOD = 100
const ROUNDS = 5
const FLOOD_MS = 1_000

const port = await chooseFreePort('127.0.0.1')
const hello = await recordedHello()
for (const [name, keyType] of [
  ['RSA 2048', 'rsa'],
  ['ECDSA P-256', 'ec'],
] as const) {
  const { certPath, keyPath } = new CertificateFiles(await newCertificate(name, { keyType }))
  const worker = new Worker(new URL('./tls-figures-worker.js', import.meta.url), {
    workerData: { certificate: { certPath, keyPath }, port } satisfies TlsServerStart,
  })
  await once(worker, 'message')
  const usage = async (): Promise<TlsServerUsage> => {
    worker.postMessage('usage')
    return ((await once(worker, 'message')) as [TlsServerUsage])[0]
  }
  for (let count = 0; count < 50; count += 1) await handshake()
  await usage()
  for (let count = 0; count < HANDSHAKES; count += 1) await handshake()
  print(`${name}: a whole handshake ${((await usage()).cpuMs / HANDSHAKES).toFixed(2)} ms of CPU`)
  for (let round = 0; round < ROUNDS; round += 1) {
    const sockets = await Promise.all(Array.from({ length: FLOOD }, connected))
    await usage()
    for (const socket of sockets) socket.write(hello)
    await sleep(FLOOD_MS)
    const { cpuMs, longestTurnMs } = await usage()
    print(
      `${name}: ${FLOOD} repeated ClientHellos at once: ${(cpuMs / FLOOD).toFixed(2)} ms of CPU each, ` +
        `longest turn ${longestTurnMs.toFixed(1)} ms`,
    )
    for (const socket of sockets) socket.destroy()
  }
  worker.postMessage('end')
  await once(worker, 'exit')
}

async function handshake(): Promise<void> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.destroy()
}

async function connected(): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
