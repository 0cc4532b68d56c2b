// Who becomes a client, on the real port: tokens, origins, subprotocols, as real clients and hand-made handshakes present them.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { digestOf } from '@tradelane/shared/access/token'
import WebSocket from 'ws'
import { GatewayUnderTest } from './test/gateway-fixture.js'
import { handshakeRequest } from './test/raw-frames.js'

const TOKEN = 'sesame-0123456789'
const WRONG = 'sesame-012345678X'
const PAGE = 'https://page.example'
const closed = gatewayWith({ tokenDigest: digestOf(TOKEN), allowedOrigins: [] })
const ofPage = gatewayWith({ tokenDigest: null, allowedOrigins: [PAGE] })
const open = gatewayWith({ tokenDigest: null, allowedOrigins: [] })

for (const gateway of [closed, ofPage, open]) assert.equal((await gateway.start()).type, 'running')
after(async () => {
  for (const gateway of [closed, ofPage, open]) assert.equal(await gateway.stop(), 0)
})

const WAYS: readonly (readonly [way: string, present: (token: string) => Offer])[] = [
  ['Authorization: Bearer', token => ({ headers: { authorization: `Bearer ${token}` } })],
  ['?token=', token => ({ path: `/?token=${token}` })],
  ['a subprotocol', token => ({ subprotocols: ['tradelane', `token.${token}`] })],
]

for (const [way, present] of WAYS) {
  test(`the token in ${way} makes a client; another, or none, is refused`, async () => {
    const client = await opened(closed, present(TOKEN))
    assert.equal(client.protocol, way === 'a subprotocol' ? 'tradelane' : '')
    client.terminate()
    const before = closed.counters().tokensRefused
    const wrong = [present(WRONG), present(''), present(TOKEN.slice(1)), present(`${TOKEN}x`), {}]
    for (const offer of wrong) assert.equal(await refusalOf(closed, offer), 'Unexpected server response: 401')
    assert.equal(closed.counters().tokensRefused, before + wrong.length)
  })
}

test('a refusal says what is needed, shows nothing, and ends the connection', async () => {
  const answer = await handshake(closed.port, [`Authorization: Bearer ${WRONG}`], `/?token=${WRONG}`)
  assert.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/)
  assert.match(answer, /\r\nwww-authenticate: Bearer\r\n/i)
  assert.match(answer, /\r\nconnection: close\r\n/i)
  assert.match(answer, /\r\n\r\na token is needed\n$/)
  assert.ok(!answer.includes(WRONG))
})

test('a page of another origin is refused, an allowed one and a program are not', async () => {
  for (const headers of [{}, { origin: PAGE }]) (await opened(ofPage, { headers })).terminate()
  const others = ['https://evil.example', 'http://page.example', 'null', `${PAGE}.evil.example`]
  for (const origin of others) {
    assert.equal(await refusalOf(ofPage, { headers: { origin } }), 'Unexpected server response: 403', origin)
  }
  assert.match(await handshake(ofPage.port, ['Origin: null']), /^HTTP\/1\.1 403 [\s\S]*this origin is not allowed\n$/)
  const { originsRefused, tokensRefused } = ofPage.counters()
  assert.deepEqual([originsRefused, tokensRefused], [others.length + 1, 0])
})

test('health and readiness need no token', async () => {
  assert.equal((await fetch(`${closed.httpUrl}/healthz`)).status, 200)
  assert.equal((await fetch(`${closed.httpUrl}/readyz`)).status, 503)
})

test('refusals are logged once per interval, without what was presented', async () => {
  for (let count = 0; count < 20; count += 1) await handshake(closed.port, [`Authorization: Bearer ${WRONG}`])
  const lines = closed.messages.filter(({ type }) => type === 'log')
  const refusals = lines.filter(line => line.type === 'log' && line.message === 'client without the token refused')
  assert.equal(refusals.length, 1)
  assert.ok(!JSON.stringify(closed.messages).includes('sesame'))
})

for (const [offered, answered] of [
  [['tradelane'], 'tradelane'],
  [['json', 'v1'], 'json'],
  [['json', 'tradelane'], 'tradelane'],
  [[`token.${WRONG}`, 'v1'], 'v1'],
] as const) {
  test(`a client that offers ${offered.join(', ')} gets ${answered}`, async () => {
    const client = await opened(open, { subprotocols: offered })
    assert.equal(client.protocol, answered)
    client.terminate()
  })
}

test('a client that offers none gets none, and a token alone is never answered', async () => {
  assert.doesNotMatch(await handshake(open.port), /sec-websocket-protocol/i)
  assert.doesNotMatch(await handshake(open.port, [`Sec-WebSocket-Protocol: token.${TOKEN}`]), /sec-websocket-protocol/i)
  assert.equal(await refusalOf(open, { subprotocols: [`token.${TOKEN}`] }), 'Server sent no subprotocol')
})

test('odd and long lists of subprotocols do no harm', async () => {
  for (const [list, answered] of [
    [`${'x,'.repeat(1_500)}tradelane`, 'x'],
    [`"a", é\xff, b c, ${'y'.repeat(200)}, json`, 'json'],
    [' , ,,', undefined],
    [`${'token.'.repeat(300)}`, undefined],
  ] as const) {
    const answer = await handshake(open.port, [`Sec-WebSocket-Protocol: ${list}`])
    assert.match(answer, /^HTTP\/1\.1 101 /)
    assert.equal(/\r\nsec-websocket-protocol: (.*)\r\n/i.exec(answer)?.[1], answered)
  }
  await opened(open, {}).then(client => client.terminate())
})

interface Offer {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly subprotocols?: readonly string[]
}

function gatewayWith(access: object): GatewayUnderTest {
  return new GatewayUnderTest({ more: { access } })
}

function socketTo(gateway: GatewayUnderTest, { path = '/', headers = {}, subprotocols = [] }: Offer): WebSocket {
  return new WebSocket(gateway.url + path, [...subprotocols], { headers, perMessageDeflate: false })
}

/** Resolves with the welcome. */
async function opened(gateway: GatewayUnderTest, offer: Offer): Promise<WebSocket> {
  const socket = socketTo(gateway, offer)
  const [frame] = await once(socket, 'message')
  assert.equal(JSON.parse(String(frame)).type, 'welcome')
  return socket
}

async function refusalOf(gateway: GatewayUnderTest, offer: Offer): Promise<string> {
  const [error] = await once(socketTo(gateway, offer), 'error')
  return (error as Error).message
}

/** Everything that the server answers until it closes the connection, or upgrades it. */
async function handshake(port: number, headers: readonly string[] = [], path = '/'): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(Buffer.from(handshakeRequest(path, headers), 'latin1'))
  let answer = ''
  for await (const chunk of socket) {
    answer += chunk.toString('latin1')
    if (/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/.test(answer)) break
  }
  socket.destroy()
  return answer
}
