import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { FRAME_BYTES_MAX, MESSAGES_PER_TURN_MAX } from '../limits.js'
import { until } from '../test/recorded-log.js'
import { ScriptedVenue } from '../test/scripted-venue.js'
import { TestLanes } from '../test/test-lanes.js'
import type { HandshakeRefusal } from './socket.js'
import { VenueSocket } from './venue-socket.js'

const venue = await ScriptedVenue.open()
after(() => venue.close())
const { clock, activities, counters } = new TestLanes()

/** A socket and its events. */
class Fixture {
  readonly texts: string[] = []
  readonly stamps: number[] = []
  readonly closed: string[] = []
  refusal: HandshakeRefusal | undefined
  opens = 0
  binaries = 0
  pings = 0
  pongs = 0
  chunkEnds = 0
  readonly socket: VenueSocket

  constructor(options: { isPausable?: boolean; url?: string } = {}) {
    this.socket = new VenueSocket(options.url ?? `${venue.ws}/stream`, {
      isPausable: options.isPausable ?? true,
      clock,
      timers: systemTimers,
      activities,
      counters,
      proxy: null,
      events: {
        onOpen: () => {
          this.opens += 1
        },
        onText: (frame, receivedUs) => {
          this.texts.push(frame.toString())
          this.stamps.push(receivedUs)
          this.onText()
        },
        onBinary: () => {
          this.binaries += 1
        },
        onPing: () => {
          this.pings += 1
        },
        onPong: () => {
          this.pongs += 1
        },
        onChunkEnd: () => {
          this.chunkEnds += 1
        },
        onClosed: (detail, refusal) => {
          this.refusal = refusal
          this.closed.push(detail)
        },
      },
    })
    after(() => this.socket.terminate('the test is over'))
  }

  onText: () => void = () => undefined

  async opened() {
    await until('it opened', () => this.opens === 1)
    return venue.peers.at(-1) as ScriptedVenue['peers'][number]
  }

  async end(): Promise<string> {
    await until('it closed', () => this.closed.length > 0)
    await sleep(20)
    assert.equal(this.closed.length, 1, 'it closes once')
    return this.closed[0] as string
  }
}

test('what comes in one piece with the answer to the handshake is not lost', async () => {
  const { server, url } = await eagerServer()
  const fixture = new Fixture({ url })
  await until('both came', () => fixture.texts.length === 2)
  assert.deepEqual(fixture.texts, ['first', 'second'])
  assert.ok((fixture.stamps[0] ?? 0) > clock.monotonicUs() - 10e6)
  fixture.socket.terminate('the test is over')
  server.close()
})

test('it is not read while the socket is paused', async () => {
  const { server, url } = await eagerServer()
  const fixture = new Fixture({ url })
  fixture.socket.pause()
  await until('it opened', () => fixture.opens === 1)
  await sleep(50)
  assert.equal(fixture.texts.length, 0)
  fixture.socket.resume()
  await until('both came', () => fixture.texts.length === 2)
  assert.deepEqual(fixture.texts, ['first', 'second'])
  fixture.socket.terminate('the test is over')
  server.close()
})

test('texts arrive in order, stamped when their bytes came and not when they were decoded', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  const busyMs = 40
  fixture.onText = () => {
    const untilMs = performance.now() + busyMs
    while (fixture.texts.length === 1 && performance.now() < untilMs);
  }
  const beforeUs = clock.monotonicUs()
  for (let index = 0; index < 3; index += 1) peer.send(`{"index":${index}}`)
  await until('all came', () => fixture.texts.length === 3)
  assert.deepEqual(fixture.texts, ['{"index":0}', '{"index":1}', '{"index":2}'])
  const lastUs = fixture.stamps[2] as number
  assert.ok(lastUs >= beforeUs)
  assert.ok(lastUs - (fixture.stamps[0] as number) < busyMs * 1_000, 'the second was not stamped behind the first')
  assert.ok(fixture.chunkEnds >= 1)
})

test('what we send arrives; before the opening and after the end it is ignored', async () => {
  const fixture = new Fixture()
  fixture.socket.send('early')
  const peer = await fixture.opened()
  fixture.socket.send('hello')
  await until('it came', () => peer.texts.length > 0)
  fixture.socket.terminate('enough')
  fixture.socket.send('late')
  assert.equal(await fixture.end(), 'enough')
  assert.deepEqual(peer.texts, ['hello'])
})

test('a ping of the venue is answered with its payload, and reported', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  const pongs: string[] = []
  peer.onPong(payload => pongs.push(payload))
  peer.ping('1790000000123')
  await until('the pong came', () => pongs.length === 1)
  assert.deepEqual(pongs, ['1790000000123'])
  assert.equal(fixture.pings, 1)
})

test('binary frames are reported as such and do no harm', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  peer.sendBinary(Buffer.from('{"not":"text"}'))
  peer.send('text')
  await until('the text came', () => fixture.texts.length === 1)
  assert.equal(fixture.binaries, 1)
})

test('the longest allowed frame arrives; a longer one ends the connection', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  peer.send('x'.repeat(FRAME_BYTES_MAX))
  await until('it came', () => fixture.texts.length === 1)
  peer.send('x'.repeat(FRAME_BYTES_MAX + 1))
  assert.match(await fixture.end(), /payload/i)
  assert.equal(fixture.texts.length, 1)
})

test('a venue that violates the protocol and then stays does not keep us', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  peer.holdAnswers()
  peer.sendRaw(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  await fixture.end()
})

test('a close frame, a cut and bytes that are no frame each end it once, with what is known', async () => {
  const closing = new Fixture()
  const closingPeer = await closing.opened()
  closingPeer.close(1012, 'service restart')
  assert.match(await closing.end(), /1012 service restart/)

  const cut = new Fixture()
  const cutPeer = await cut.opened()
  cutPeer.cut()
  assert.match(await cut.end(), /1006|ECONNRESET/)

  const invalid = new Fixture()
  const invalidPeer = await invalid.opened()
  invalidPeer.sendRaw(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  assert.match(await invalid.end(), /invalid|RSV|frame/i)
})

test('a venue that refuses, answers with another status or does not speak HTTP ends it with a reason', async () => {
  const gone = await ScriptedVenue.open()
  const url = gone.ws
  await gone.refuseAll()
  assert.match(await new Fixture({ url }).end(), /ECONNREFUSED/)

  const unwilling = await ScriptedVenue.open()
  unwilling.upgrades = 'refuse'
  assert.match(await new Fixture({ url: unwilling.ws }).end(), /HTTP 503/)
  await unwilling.close()

  const head = 'HTTP/1.1 418 Teapot\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n'
  const ban = await tcpServer(socket => socket.once('data', () => socket.end(head)))
  const banned = new Fixture({ url: ban.url })
  assert.match(await banned.end(), /HTTP 418/)
  assert.deepEqual(banned.refusal, { status: 418, retryAfterMs: 17_000 })
  ban.server.close()

  const web = await tcpServer(socket => socket.end('<html>hello</html>'))
  assert.match(await new Fixture({ url: web.url }).end(), /parse|HTTP|hang up/i)
  web.server.close()
})

test('it can be paused and resumed at any time of an opening that fails', async () => {
  const { server, url } = await tcpServer(peer => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    peer.once('data', () => peer.write(`${head}Sec-WebSocket-Accept: wrong\r\n\r\n`))
  })
  const fixture = new Fixture({ url })
  while (fixture.closed.length === 0) {
    fixture.socket.pause()
    fixture.socket.resume()
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.match(await fixture.end(), /Sec-WebSocket-Accept/)
  server.close()
})

test('it can be ended while the venue does not answer its opening', async () => {
  const mute = await ScriptedVenue.open()
  mute.upgrades = 'mute'
  const fixture = new Fixture({ url: mute.ws })
  await sleep(30)
  fixture.socket.terminate('no longer wanted')
  assert.equal(await fixture.end(), 'no longer wanted')
  await mute.close()
})

test('a flood is read in several turns of the event loop; other sockets are served in between', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  const perTurn: number[] = []
  let counted = 0
  let isOver = false
  const turn = (): void => {
    if (fixture.texts.length > counted) perTurn.push(fixture.texts.length - counted)
    counted = fixture.texts.length
    if (!isOver) setImmediate(turn)
  }
  turn()
  const count = 20_000
  for (let index = 0; index < count; index += 1) peer.send('{"a":1}')
  await until('all came', () => fixture.texts.length === count, 10_000)
  isOver = true
  // What the library read already is delivered: one chunk of the system above the limit.
  const chunkMessages = 65_536 / 9
  assert.ok(Math.max(...perTurn) <= MESSAGES_PER_TURN_MAX + chunkMessages, `${Math.max(...perTurn)} in one turn`)
})

test('a paused socket reads nothing, and continues where it stopped', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  fixture.socket.pause()
  await sleep(30)
  for (let index = 0; index < 100; index += 1) peer.send(String(index))
  await sleep(50)
  assert.equal(fixture.texts.length, 0)
  fixture.socket.resume()
  await until('all came', () => fixture.texts.length === 100)
  assert.deepEqual(
    fixture.texts,
    Array.from({ length: 100 }, (_, index) => String(index)),
  )
})

test('a pause asked for before it is open holds', async () => {
  const fixture = new Fixture()
  fixture.socket.pause()
  const peer = await fixture.opened()
  peer.send('1')
  await sleep(50)
  assert.equal(fixture.texts.length, 0)
  fixture.socket.resume()
  await until('it came', () => fixture.texts.length === 1)
})

test('the end of a turn does not end the pause of a full ring', async () => {
  const fixture = new Fixture()
  const peer = await fixture.opened()
  fixture.onText = () => {
    if (fixture.texts.length === MESSAGES_PER_TURN_MAX) fixture.socket.pause()
  }
  for (let index = 0; index < 60_000; index += 1) peer.send('{"a":1}')
  await sleep(200)
  assert.ok(fixture.texts.length < 60_000, 'it is paused')
  const count = fixture.texts.length
  await sleep(50)
  assert.equal(fixture.texts.length, count)
  fixture.socket.resume()
  await until('all came', () => fixture.texts.length === 60_000, 10_000)
})

/** Its answer to the handshake has two messages in the same piece. */
async function eagerServer(): Promise<{ server: Server; url: string }> {
  return await tcpServer(peer => {
    peer.once('data', request => {
      const [, key = ''] = /sec-websocket-key: (.*)\r\n/i.exec(request.toString()) ?? []
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      const frames = ['first', 'second'].map(text => `\x81${String.fromCharCode(text.length)}${text}`)
      peer.write(Buffer.from(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n${frames.join('')}`, 'latin1'))
    })
  })
}

async function tcpServer(onSocket: (socket: Socket) => void): Promise<{ server: Server; url: string }> {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { server, url: `ws://127.0.0.1:${address.port}` }
}
