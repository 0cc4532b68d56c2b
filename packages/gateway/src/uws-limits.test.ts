// What uWebSockets.js does by itself, before our code sees it: the values of `limits.ts`, tried on the build that is used.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, test } from 'node:test'
import { INBOUND_BYTES_MAX, UWS_LIMITS, UWS_READ_BYTES } from './limits.js'
import { frameOf, mebibyteOf, Opcode, RawConnection } from './test/raw-frames.js'
import { chooseBuild, describeMachine, LISTEN_EXCLUSIVE, type ListenSocket, loadUws, type Socket } from './uws.js'

interface TestSocket extends Socket<{ readonly path: string }> {
  subscribe(topic: string): boolean
}

const uws = loadUws()
const { requestMsMax, lingerMsMax, headBytesMax, isHeadInOneReadUnlimited, headersMax } =
  UWS_LIMITS[chooseBuild(describeMachine())]
const app = uws.App()
const seen: string[] = []
const LATE_CLIENTS = 500
/** Allocations of many sizes, each of letters that would pass for an answer that closes its connection. */
const TOPICS = Array.from({ length: 40 }, (_, index) => 'p'.repeat(16 + index * 8))
let first: TestSocket | undefined
app.ws<{ readonly path: string }>('/*', {
  maxPayloadLength: INBOUND_BYTES_MAX,
  sendPingsAutomatically: false,
  upgrade: (response, request, context) => {
    const [path, key] = [request.getUrl(), request.getHeader('sec-websocket-key')]
    const upgrade = (): unknown => response.upgrade({ path }, key, '', '', context)
    if (path !== '/late') return void upgrade()
    response.onAborted(() => {})
    setImmediate(() => first?.cork(() => response.cork(upgrade)))
  },
  open: socket => {
    seen.push('open')
    const { path } = socket.getUserData()
    if (path === '/first') first = socket as TestSocket
    if (path === '/late') for (const topic of TOPICS) (socket as TestSocket).subscribe(`${topic}${Math.random()}`)
  },
  message: (_socket, message) => seen.push(`message of ${message.byteLength}`),
  ping: () => seen.push('ping'),
  close: (_socket, code, reason) => seen.push(`close ${code} ${Buffer.from(reason).toString()}`.trim()),
})
app.any('/*', response => {
  seen.push('request')
  response.end('', true)
})
const opened = new Promise<ListenSocket>((resolve, reject) => {
  app.listen('127.0.0.1', 0, LISTEN_EXCLUSIVE, socket =>
    socket === false ? reject(new Error('no port')) : resolve(socket),
  )
})
const port = uws.us_socket_local_port(await opened)
after(() => app.close())

for (const [what, frames, outcome] of [
  [
    'a message of the longest size',
    frameOf(Opcode.text, Buffer.alloc(INBOUND_BYTES_MAX)),
    `message of ${INBOUND_BYTES_MAX}`,
  ],
  [
    'a longer message',
    frameOf(Opcode.text, Buffer.alloc(INBOUND_BYTES_MAX + 1)),
    'close 1006 Received too big message',
  ],
  [
    'fragments that are longer together',
    Buffer.concat([
      frameOf(Opcode.text, Buffer.alloc(9_000), false),
      frameOf(Opcode.continuation, Buffer.alloc(9_000)),
    ]),
    'close 1006 Received too big message',
  ],
  ['a ping', frameOf(Opcode.ping, Buffer.alloc(125)), 'ping'],
  ['a ping of more than 125 bytes', frameOf(Opcode.ping, Buffer.alloc(126)), 'close 1006'],
  ['a ping in fragments', frameOf(Opcode.ping, Buffer.alloc(1), false), 'close 1006'],
  ['an opcode that is reserved', frameOf(0x3), 'close 1006'],
  ['bits that are reserved', frameOf(0x70 | Opcode.text), 'close 1006'],
  ['text that is no UTF-8', frameOf(Opcode.text, Buffer.from([0xff])), 'close 1006 Received invalid UTF-8'],
  ['a Close frame', frameOf(Opcode.close, Buffer.from([0x03, 0xe8])), 'close 1000'],
] as const) {
  test(`${what} from a client: ${outcome}`, async () => {
    const connection = await new RawConnection(port).handshake()
    seen.length = 0
    connection.socket.write(frames)
    await until(() => seen.length > 0)
    // The newer build says what is wrong with a frame.
    assert.equal(seen[0]?.replace(' Received invalid WebSocket frame', ''), outcome)
    connection.socket.destroy()
    if (!outcome.startsWith('close')) await until(() => seen.length === 2)
  })
}

test('a request head that is not complete after 4 KiB ends its connection; one that comes at once may be longer in one build', async () => {
  seen.length = 0
  const start = 'GET / HTTP/1.1\r\nHost: x\r\nx: '
  const short = new RawConnection(port)
  short.socket.write(start + 'x'.repeat(headBytesMax - 200))
  const long = new RawConnection(port)
  long.socket.write(start + 'x'.repeat(headBytesMax))
  await long.closed
  assert.deepEqual([short.isClosed, seen], [false, []])
  short.socket.destroy()
  const whole = new RawConnection(port)
  whole.socket.write(`${start}${'x'.repeat(2 * headBytesMax)}\r\n\r\n`)
  await whole.closed
  assert.deepEqual(seen, isHeadInOneReadUnlimited ? ['request'] : [])
})

test('a request with too many header fields is closed unseen', async () => {
  for (const [count, expected] of [
    [headersMax, ['request']],
    [headersMax + 1, []],
  ] as const) {
    seen.length = 0
    const connection = new RawConnection(port)
    connection.socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(count)}\r\n`)
    if (expected.length > 0) await connection.closed
    else await new Promise(resolve => setTimeout(resolve, 100))
    connection.socket.destroy()
    assert.deepEqual(seen, expected, `${count} fields`)
  }
})

test('a connection without a complete request, silent or not, and an ended client that stays are closed in time', async () => {
  const ended = await new RawConnection(port, { stays: true }).handshake()
  seen.length = 0
  const startMs = performance.now()
  ended.socket.write(frameOf(Opcode.close))
  await until(() => seen.length > 0)
  const before = descriptorCount()
  const incomplete = [new RawConnection(port), new RawConnection(port)]
  const drip = setInterval(() => incomplete[1]?.socket.write('G'), 500)
  const closed = Promise.all(incomplete.map(each => each.closed)).then(() => performance.now() - startMs)
  await until(() => descriptorCount() === before + 2 * incomplete.length)
  // The server's side of the ended client: the client's own stays open. Both sides of the others close a moment apart.
  const withoutOthers = (): number => descriptorCount() - 2 * incomplete.filter(each => !each.isClosed).length
  const lingered = until(() => withoutOthers() === before - 1, lingerMsMax + 4_000).then(
    () => performance.now() - startMs,
  )
  const [requestMs, lingerMs] = await Promise.all([closed, lingered])
  clearInterval(drip)
  assert.ok(requestMs > requestMsMax / 2 && requestMs < requestMsMax + 4_000, `${requestMs} ms`)
  assert.ok(lingerMs > lingerMsMax / 2 && lingerMs < lingerMsMax + 4_000, `${lingerMs} ms`)
  assert.equal(ended.isClosed, false)
  ended.socket.destroy()
})

test('an upgrade outside its handler keeps its client while another socket is corked', async () => {
  // What the library allocates after the upgrade lands where the state of the HTTP response was: corked by its own response,
  // four of these clients in five hundred are closed.
  const clients: RawConnection[] = []
  const first = await new RawConnection(port).handshake('/first')
  for (let count = 0; count < LATE_CLIENTS; count += 1) clients.push(await new RawConnection(port).handshake('/late'))
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal(clients.filter(({ isClosed }) => isClosed).length, 0)
  for (const { socket } of [first, ...clients]) socket.destroy()
})

test('fragments without bytes call no handler; a read of them takes little time', async () => {
  const connection = await new RawConnection(port).handshake()
  seen.length = 0
  const empty = mebibyteOf(frameOf(Opcode.continuation, Buffer.alloc(0), false))
  connection.socket.write(Buffer.concat([frameOf(Opcode.text, Buffer.alloc(0), false), empty]))
  const cpuBefore = process.cpuUsage()
  connection.socket.write(frameOf(Opcode.continuation))
  await until(() => seen.length > 0)
  const { user } = process.cpuUsage(cpuBefore)
  assert.deepEqual(seen, ['message of 0'])
  // Of this process's user time, with the client's end in it: 1.4 ms a read, and far from a callback for each of 170,000.
  assert.ok(user / 1_000 < 30, `${user} µs for ${empty.length / UWS_READ_BYTES} reads`)
  connection.socket.destroy()
})

function descriptorCount(): number {
  return readdirSync('/proc/self/fd').length
}

async function until(isTrue: () => boolean, msMax = 5_000): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!isTrue()) {
    assert.ok(performance.now() < deadlineMs, `not within ${msMax} ms; seen: ${seen.join(', ')}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
