// The event of each counter and gauge of a gateway. Those of its port are in `test/port-events.ts`.

import { proveRows } from '@tradelane/shared/thread/test/metric-proof'
import { TICK_MS } from './limits.js'
import { type GatewayEvent, MEASURED, onClient, onGateway, onVirtualClient, tick } from './test/gateway-events.js'
import type { MergeFixture } from './test/merge-fixture.js'
import { PORT_EVENTS } from './test/port-events.js'
import type { TestClient } from './test/test-client.js'
import { STREAM } from './test/test-lanes.js'
import { SendStatus } from './uws.js'

const CONNECTED = { clientsConnected: 1, clientsTotal: 1 }
/** What any client is sent, and answers. */
const SENT = ['framesSent', 'bytesSent', 'pings', 'pongs'] as const

const CONNECTION: GatewayEvent = {
  what: 'a client connects',
  raises: CONNECTED,
  alongside: SENT,
  happen: onGateway(gateway => gateway.connect()),
}
const TRADE: GatewayEvent = {
  what: 'a trade is sent to a client',
  raises: { framesSent: 1 },
  alongside: ['bytesSent', 'pings', 'pongs'],
  happen: onClient((_client, gateway) => gateway.publishTrade()),
}
const OVERRUN: GatewayEvent = {
  what: 'a client continues after record 50, and the log begins at record 101',
  raises: { ...CONNECTED, clientsResumed: 1, overruns: 1, recordsMissed: 50 },
  alongside: SENT,
  happen: onGateway(
    gateway => gateway.connect(`/?since=${STREAM}:50`),
    gateway => {
      for (let count = 0; count < 200; count += 1) gateway.publishTrade()
    },
    { retained: 100 },
  ),
}

const LOOK_GAP_MS = 3

proveRows(
  'gateway',
  {
    clientsConnected: CONNECTION,
    clientsTotal: CONNECTION,
    clientsResumed: {
      what: 'a client continues after a record of this stream',
      raises: { ...CONNECTED, clientsResumed: 1 },
      alongside: SENT,
      happen: onGateway(gateway => gateway.connect(`/?since=${STREAM}:0`)),
    },
    resumesRefused: {
      what: 'a client names a record of another stream',
      raises: { ...CONNECTED, resumesRefused: 1 },
      alongside: SENT,
      happen: onGateway(gateway => gateway.connect('/?since=another:0')),
    },
    clientsStalled: {
      what: 'a client answers nothing for longer than it may',
      raises: { clientsStalled: 1, clientsConnected: -1 },
      alongside: SENT,
      happen: onVirtualClient((client, fixture) => {
        fixture.publishTrade()
        fixture.merge.doWork()
        client.bufferedBytes = 1_000
        for (let ms = 0; ms < 90_100; ms += TICK_MS) tick(fixture)
      }),
    },
    clientRowsMissing: {
      what: 'a second client connects, and the client table has one row',
      raises: { ...CONNECTED, clientRowsMissing: 1 },
      alongside: SENT,
      happen: onClient((_client, gateway) => gateway.connect(), { clientRowsMax: 1 }),
    },
    framesSent: TRADE,
    bytesSent: TRADE,
    sendsFailed: {
      what: 'the socket of a client drops a frame',
      raises: { sendsFailed: 1, clientsConnected: -1 },
      happen: onVirtualClient((client, fixture) => {
        client.status = SendStatus.dropped
        fixture.publishTrade()
        fixture.merge.doWork()
      }),
    },
    overruns: OVERRUN,
    recordsMissed: OVERRUN,
    pings: {
      what: 'a client is sent a top and pinged for it',
      raises: { framesSent: 1, pings: 1 },
      alongside: ['bytesSent'],
      happen: onVirtualClient((_client, fixture) => {
        fixture.publishTop(0, 1)
        fixture.merge.doWork()
        tick(fixture)
      }),
    },
    pongs: {
      what: 'a client answers a ping',
      raises: { pongs: 1 },
      happen: onVirtualClient(
        client => client.pongAll(),
        (_client, fixture) => {
          fixture.publishTop(0, 1)
          fixture.merge.doWork()
          tick(fixture)
        },
      ),
    },
    pongsUnmatched: {
      what: 'a client sends a pong that answers nothing',
      raises: { pongsUnmatched: 1 },
      happen: onClient(client => client.socket.pong('TLK1????')),
    },
    lookGapUsMax: {
      what: 'a book takes longer to send than anything before between two looks',
      raises: { framesSent: 1, lookGapUsMax: LOOK_GAP_MS * 1_000 },
      alongside: ['bytesSent', 'pings'],
      happen: onVirtualClient(sendSlowly),
    },
    lookGapUsRecent: {
      what: 'a second has passed in which a book took long to send',
      raises: { framesSent: 1, lookGapUsRecent: LOOK_GAP_MS * 1_000 },
      alongside: ['bytesSent', 'pings'],
      happen: onVirtualClient((client, fixture) => {
        sendSlowly(client, fixture)
        client.onSend = () => {}
        for (let ms = 0; ms < 1_000; ms += TICK_MS) tick(fixture)
      }),
    },
    ...PORT_EVENTS,
  },
  MEASURED,
)

function sendSlowly(client: TestClient, fixture: MergeFixture): void {
  client.onSend = () => {
    fixture.nowMs += LOOK_GAP_MS
  }
  fixture.publishTop(0, 1)
  fixture.merge.doWork()
}
