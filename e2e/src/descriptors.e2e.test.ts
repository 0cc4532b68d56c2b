// Strangers open more connections than the process may have files. Without a reserve no venue could be connected again, and the
// gateway would spin on a port that it cannot accept from.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { PRODUCTS } from '@tradelane/venues/registry'
import WebSocket from 'ws'
import { sleep, until } from './program.js'
import { serveOn, startVenues } from './venues.js'

const OPEN_FILES_MAX = 256
const STRANGERS = 240
const HONEST = 5
const CPU_MS = 2_000
/** A gateway that spins takes all that it can have. */
const CPU_SHARE_MAX = 0.7
/** How often a stranger comes back. */
const STRANGER_MS = 100

test('with 256 open files and 240 silent sockets venues reconnect, clients stay, and the port opens again', {
  timeout: 120_000,
}, async t => {
  const venues = await startVenues({ scenario: 'quiet' })
  const served = await serveOn(venues, { openFilesMax: OPEN_FILES_MAX })
  const { program, url } = served
  const port = Number(new URL(url).port)
  const clients = Array.from({ length: HONEST }, () => new HonestClient(url))
  let crowd: Crowd | undefined
  try {
    await until(() => clients.every(client => client.hasTradeOfEach()), 'trades of every product')
    crowd = new Crowd(port, STRANGERS)
    await until(() => isFull(program.pid) || program.output.includes('port closed'), 'the crowd took every descriptor')
    // Time to notice it.
    await sleep(500)
    const share = await busiestThread(program.pid)
    t.diagnostic(`the busiest thread takes ${(share * 100).toFixed(0)} % of the CPU that it can have`)
    assert.ok(share < CPU_SHARE_MAX, `${share}`)
    for (const { id } of PRODUCTS) await fetch(`${venues.httpUrl}/control/cut?product=${id}`, { method: 'POST' })
    for (const client of clients) client.forget()
    await until(() => clients.every(client => client.hasTradeOfEach()), 'trades of every product after a cut')
    assert.ok(
      clients.every(client => client.isOpen),
      'every client stayed',
    )
    crowd.leave()
    await until(() => program.output.includes('port open again'), 'the port opens again')
    // It may have been open before, too.
    let late = new HonestClient(url)
    await until(() => {
      if (late.isClosed) late = new HonestClient(url)
      return late.hasTradeOfEach()
    }, 'a new client is served')
    late.close()
    assert.equal((await fetch(`${served.httpUrl}/readyz`)).status, 200)
  } catch (error) {
    t.diagnostic(program.output)
    throw error
  } finally {
    crowd?.leave()
    for (const client of clients) client.close()
    const stopped = await program.stop()
    await venues.close()
    assert.equal(stopped.code, 0)
  }
})

interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly exchange?: string
  readonly instrument?: { readonly kind: string }
}

class HonestClient {
  readonly #socket: WebSocket
  readonly #products = new Set<string>()

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('error', () => {})
    this.#socket.on('message', (raw: Buffer) => {
      const frame = JSON.parse(raw.toString()) as Frame
      if (frame.type === undefined && frame.kind === 'trade')
        this.#products.add(`${frame.exchange} ${frame.instrument?.kind}`)
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED
  }

  hasTradeOfEach(): boolean {
    return this.#products.size === PRODUCTS.length
  }

  forget(): void {
    this.#products.clear()
  }

  close(): void {
    this.#socket.terminate()
  }
}

/** Connections that send nothing. One that ends is opened again. */
class Crowd {
  #isLeaving = false
  readonly #sockets = new Set<Socket>()
  readonly #port: number

  constructor(port: number, count: number) {
    this.#port = port
    for (let index = 0; index < count; index += 1) this.#connect()
  }

  leave(): void {
    this.#isLeaving = true
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(): void {
    if (this.#isLeaving) return
    const socket = connect(this.#port, '127.0.0.1')
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      setTimeout(() => this.#connect(), STRANGER_MS)
    })
  }
}

function isFull(pid: number): boolean {
  return readdirSync(`/proc/${pid}/fd`).length >= OPEN_FILES_MAX
}

/** Of the time in which it did not wait for a CPU, the share in which the busiest thread had one. */
async function busiestThread(pid: number): Promise<number> {
  const before = threadTimes(pid)
  const startMs = performance.now()
  await sleep(CPU_MS)
  const elapsedMs = performance.now() - startMs
  const shares = [...threadTimes(pid)].map(([thread, { ranMs, waitedMs }]) => {
    const { ranMs: ranBeforeMs = 0, waitedMs: waitedBeforeMs = 0 } = before.get(thread) ?? {}
    return (ranMs - ranBeforeMs) / (elapsedMs - (waitedMs - waitedBeforeMs))
  })
  return Math.max(...shares)
}

function threadTimes(pid: number): ReadonlyMap<string, { readonly ranMs: number; readonly waitedMs: number }> {
  const folder = `/proc/${pid}/task`
  return new Map(
    readdirSync(folder).map(thread => {
      const [ranNs, waitedNs] = readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ')
      return [thread, { ranMs: Number(ranNs) / 1e6, waitedMs: Number(waitedNs) / 1e6 }]
    }),
  )
}
