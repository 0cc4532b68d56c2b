// The attackers against listeners of the test: each does something, stays within its rate, and ends in time.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Doors } from './attack.js'
import type { AttackRequest } from './attack-process.js'
import { ATTACKS } from './attack-table.js'
import { Attackers } from './attackers.js'

const HOST = '127.0.0.1'
const ATTACK_MS = 100
const SEEN_MS_MAX = 5_000
const GONE_MS_MAX = 5_000
/** No attack sends more, whatever takes it. */
const BYTES_PER_S_MAX = 16 * 1024 * 1024
const ANSWER = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'

let attackers: Attackers
let listener: Listener
before(async () => {
  attackers = await Attackers.start()
})
after(async () => {
  await attackers.stop()
})
beforeEach(async () => {
  listener = await Listener.open()
})
afterEach(() => {
  listener.close()
})

test('each attack connects, and those of messages and acknowledgements send them; all within a bounded rate', async () => {
  for (const { name } of ATTACKS) {
    const beginMs = performance.now()
    const bytesBefore = listener.byteCount
    await attackers.begin({ names: [name], doors: listener.doors })
    await sleep(ATTACK_MS)
    const deadlineMs = performance.now() + SEEN_MS_MAX
    let seen = await attackers.look()
    while (!hasAttacked(name, seen[name]) && performance.now() < deadlineMs) {
      await sleep(10)
      seen = await attackers.look()
    }
    const tally = (await attackers.end())[name]
    assert.ok(hasAttacked(name, tally), `${name}: ${JSON.stringify(tally)}`)
    const seconds = (performance.now() - beginMs) / 1_000
    const byteCount = listener.byteCount - bytesBefore
    assert.ok(byteCount <= BYTES_PER_S_MAX * Math.max(1, seconds), `${name}: ${byteCount} bytes in ${seconds} s`)
    await listener.untilLeft()
  }
})

test('attackers come from an address of their own', async () => {
  await attackers.begin({ names: ['idle-sockets'], doors: listener.doors, from: ['127.0.0.7', '127.0.0.8'] })
  while (listener.addresses.size < 2) await sleep(5)
  await attackers.end()
  assert.deepEqual([...listener.addresses].sort(), ['127.0.0.7', '127.0.0.8'])
})

test('an attack that is not ended ends by itself, and attackers end with their parent', async () => {
  const module = new URL('./attack-process.js', import.meta.url)
  const child = fork(module, [], { stdio: 'ignore', execArgv: [] })
  await once(child, 'message')
  const begin = { type: 'begin', names: ['idle-sockets'], doors: listener.doors, from: [HOST], share: 1, stream: '' }
  child.send({ ...begin, msMax: 500 } as AttackRequest)
  while (listener.sockets.size === 0) await sleep(5)
  await listener.untilLeft()
  child.send({ ...begin, msMax: 60_000 } as AttackRequest)
  while (listener.sockets.size === 0) await sleep(5)
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
  await listener.untilLeft()
})

type Seen = Awaited<ReturnType<Attackers['end']>>[string] | undefined

/** Those whose messages are the attack must have been let in first. */
function hasAttacked(name: string, tally: Seen): boolean {
  if (tally === undefined || tally.connections === 0) return false
  const isOfMessages = /-burst$|fragments|oversize|forged/.test(name)
  return !isOfMessages || (tally.upgrades > 0 && tally.bytesSent > 1_000)
}

/** Answers each connection once, reads and counts. Its port for TLS answers nothing: hellos come there too. */
class Listener {
  byteCount = 0
  readonly sockets = new Set<Socket>()
  readonly addresses = new Set<string>()
  readonly #server: Server = createServer(socket => this.#accept(socket))

  static async open(): Promise<Listener> {
    const listener = new Listener()
    await new Promise<void>(resolve => listener.#server.listen(0, HOST, resolve))
    return listener
  }

  get doors(): Doors {
    const address = { host: HOST, port: (this.#server.address() as AddressInfo).port }
    return { clients: address, admin: address, guarded: address }
  }

  async untilLeft(): Promise<void> {
    const deadlineMs = performance.now() + GONE_MS_MAX
    while (this.sockets.size > 0) {
      assert.ok(performance.now() < deadlineMs, `${this.sockets.size} attackers have not left`)
      await sleep(5)
    }
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
  }

  #accept(socket: Socket): void {
    this.sockets.add(socket)
    this.addresses.add(String(socket.remoteAddress))
    socket.once('data', () => socket.write(ANSWER))
    socket.on('data', bytes => {
      this.byteCount += bytes.length
    })
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.sockets.delete(socket))
  }
}
