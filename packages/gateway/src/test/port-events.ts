// The events of the counters of a gateway's port: who is let in, what is refused, who is ended for what they send.

import { CertificateFiles, newCertificate } from '@tradelane/shared/access/test/certificate-files'
import { digestOf } from '@tradelane/shared/access/token'
import type { NamesOf } from '@tradelane/shared/thread/metric-table'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import {
  HANDSHAKE_RATE,
  MESSAGES_PER_WINDOW,
  REQUEST_RATE,
  REQUESTS_WAITING_MAX,
  STRAY_PONGS_PER_WINDOW,
  TICK_MS,
  URL_CHARACTERS_MAX,
} from '../limits.js'
import { type GatewayEvent, onClient, onGateway, onVirtualGateway } from './gateway-events.js'
import { type Client, freePort, type GatewayUnderTest } from './gateway-fixture.js'
import { handshakeRequest, RawConnection } from './raw-frames.js'
import type { VirtualGateway } from './virtual-gateway.js'

const LONG_QUERY = 'a'.repeat(URL_CHARACTERS_MAX)
const [first, second] = [await newCertificate('first'), await newCertificate('second')]
const files = new CertificateFiles(first)
const { certPath, keyPath } = files

export const PORT_EVENTS = {
  clientMessagesIgnored: {
    what: 'a client sends a text',
    raises: { clientMessagesIgnored: 1 },
    happen: onClient(({ socket }) => socket.send('{"op":"subscribe"}')),
  },
  acks: {
    what: 'a client acknowledges the welcome by message',
    raises: { acks: 1 },
    happen: onAcknowledging('{"op":"ack","n":1}'),
  },
  acksInvalid: {
    what: 'a client acknowledges what it was never sent',
    raises: { acksInvalid: 1, clientMessagesIgnored: 1 },
    happen: onAcknowledging('{"op":"ack","n":1000000}'),
  },
  clientPings: {
    what: 'a client pings',
    raises: { clientPings: 1 },
    happen: onClient(({ socket }) => socket.ping()),
  },
  clientsEndedMessages: {
    what: 'a client sends a text more than it may',
    raises: { clientMessagesIgnored: MESSAGES_PER_WINDOW + 1, clientsEndedMessages: 1, clientsConnected: -1 },
    happen: onClient(repeated(MESSAGES_PER_WINDOW + 1, ({ socket }) => socket.send('x'))),
  },
  clientsEndedPongs: {
    what: 'a client sends a pong that answers nothing more than it may',
    raises: { pongsUnmatched: STRAY_PONGS_PER_WINDOW + 1, clientsEndedPongs: 1, clientsConnected: -1 },
    happen: onClient(repeated(STRAY_PONGS_PER_WINDOW + 1, ({ socket }) => socket.pong('TLK1????'))),
  },
  clientsRefusedTotal: {
    what: 'a second client comes, and there may be one',
    raises: { clientsRefusedTotal: 1 },
    // Of the first client, where this takes half a second.
    alongside: ['pings', 'pongs'],
    happen: onClient((_client, gateway) => send(gateway, handshakeRequest()), { clientsMax: 1 }),
  },
  clientsRefusedAddress: {
    what: 'a second client of an address comes, and there may be one',
    raises: { clientsRefusedAddress: 1 },
    // Of the first client, where this takes half a second.
    alongside: ['pings', 'pongs'],
    happen: onClient((_client, gateway) => send(gateway, handshakeRequest()), { clientsPerIpMax: 1 }),
  },
  clientsRefusedRate: {
    what: 'an address sends a handshake more than it may at once',
    raises: { clientsRefusedRate: 1 },
    happen: onVirtualGateway(
      ({ uws }) => uws.handshake(),
      // Too long, so that none becomes a client.
      repeated(HANDSHAKE_RATE.burst, ({ uws }) => uws.handshake(LONG_QUERY)),
    ),
  },
  clientsRefusedRequest: {
    what: 'a handshake has a long URL',
    raises: { clientsRefusedRequest: 1 },
    happen: onGateway(gateway => send(gateway, handshakeRequest(`/?${LONG_QUERY}`))),
  },
  tokensRefused: {
    what: 'a handshake presents another token',
    raises: { tokensRefused: 1 },
    happen: onGateway(gateway => send(gateway, handshakeRequest('/?token=another')), undefined, {
      more: { access: { tokenDigest: digestOf('sesame-0123456789'), allowedOrigins: [] } },
    }),
  },
  originsRefused: {
    what: 'a handshake comes from a page of another origin',
    raises: { originsRefused: 1 },
    happen: onGateway(gateway => send(gateway, handshakeRequest('/', ['Origin: https://another.example'])), undefined, {
      more: { access: { tokenDigest: null, allowedOrigins: ['https://page.example'] } },
    }),
  },
  handshakesAborted: {
    what: 'a connection ends before its handshake is refused, because more follows in the same bytes',
    raises: { handshakesAborted: 1, clientsRefusedRequest: 1 },
    happen: onGateway(gateway => send(gateway, handshakeRequest(`/?${LONG_QUERY}`).repeat(2))),
  },
  handshakesDropped: {
    what: 'a handshake comes while as many requests wait as may',
    raises: { handshakesDropped: 1 },
    happen: onVirtualGateway(({ uws }) => uws.handshake(), fillQueue),
  },
  requestsAnswered: {
    what: 'a request for health is answered',
    raises: { requestsAnswered: 1 },
    happen: onGateway(gateway => send(gateway, request('GET', '/healthz'))),
  },
  requestsRefusedPath: {
    what: 'a request names another path',
    raises: { requestsRefusedPath: 1 },
    happen: onGateway(gateway => send(gateway, request('GET', '/stat'))),
  },
  requestsRefusedMethod: {
    what: 'a request has another method',
    raises: { requestsRefusedMethod: 1 },
    happen: onGateway(gateway => send(gateway, request('DELETE', '/healthz'))),
  },
  requestsRefusedBody: {
    what: 'a request has a body',
    raises: { requestsRefusedBody: 1 },
    happen: onGateway(gateway => send(gateway, `${request('GET', '/healthz', 'Content-Length: 1')}x`)),
  },
  requestsRefusedRate: {
    what: 'an address sends a request more than it may at once',
    raises: { requestsRefusedRate: 1 },
    happen: onVirtualGateway(
      ({ uws }) => uws.request('/healthz'),
      repeated(REQUEST_RATE.burst, ({ uws }) => uws.request('/healthz')),
    ),
  },
  requestsAborted: {
    what: 'a connection ends before its request is answered, because more follows in the same bytes',
    raises: { requestsAborted: 1 },
    happen: onGateway(gateway => send(gateway, request('GET', '/healthz').repeat(2))),
  },
  requestsDropped: {
    what: 'a request comes while as many wait as may',
    raises: { requestsDropped: 1 },
    happen: onVirtualGateway(({ uws }) => uws.request('/healthz'), fillQueue),
  },
  portClosed: {
    what: 'the supervisor closes the gate of the port',
    raises: { portClosed: 1 },
    happen: onGateway(({ admission }) => new PortGate(admission).close(), undefined, {}),
  },
  portFailures: {
    what: 'the gate opens, and another process has the port',
    raises: { portFailures: 1 },
    happen: onVirtualGateway(
      fixture => {
        fixture.gate.open()
        fixture.pass(TICK_MS)
      },
      fixture => {
        fixture.gate.close()
        fixture.pass(TICK_MS)
        fixture.uws.isPortTaken = true
      },
    ),
  },
  certificatesRenewed: {
    what: 'the certificate has changed, and the supervisor says so',
    raises: { certificatesRenewed: 1 },
    happen: onGateway(
      gateway => gateway.post({ type: 'certificate' }),
      () => files.write(second),
      { port: await freePort(), more: { certificate: { certPath, keyPath } } },
    ),
  },
} satisfies Partial<Record<NamesOf<'gateway'>, GatewayEvent>>

/** On a connection of its own, which the gateway closes. */
function send({ port }: GatewayUnderTest, bytes: string): void {
  new RawConnection(port).socket.write(bytes)
}

function request(method: string, path: string, ...headers: readonly string[]): string {
  return `${[`${method} ${path} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`
}

function repeated<Fixture extends Client | VirtualGateway>(count: number, step: (fixture: Fixture) => unknown) {
  return (fixture: Fixture): void => {
    for (let done = 0; done < count; done += 1) step(fixture)
  }
}

/** No answer is sent any more, and as many requests wait as may. */
function fillQueue({ uws }: VirtualGateway): void {
  uws.afterRequest = () => {}
  for (let index = 0; index < REQUESTS_WAITING_MAX; index += 1) {
    uws.request('/healthz', { address: `198.51.${index >> 8}.${index & 0xff}` })
  }
}

function onAcknowledging(message: string): GatewayEvent['happen'] {
  let client: Client | undefined
  const prepare = async (gateway: GatewayUnderTest): Promise<void> => {
    client = await gateway.connect('/?ack=1')
  }
  return onGateway(() => client?.socket.send(message), prepare)
}
