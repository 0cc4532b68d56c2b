// The event of each counter and gauge of a gateway: in its real thread with real sockets, or, where the moment of a ping or the
// answer of a socket decides, with virtual ones.

import { type MetricEvent, proveRows } from '@tradelane/shared/thread/test/metric-proof'
import { TICK_MS } from './limits.js'
import { type Client, type GatewayOptions, GatewayUnderTest, sleep } from './test/gateway-fixture.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient } from './test/test-client.js'
import { STREAM } from './test/test-lanes.js'
import { SendStatus } from './uws.js'

type Event = MetricEvent<'gateway'>

const shared = await startedGateway({})

const CONNECTED = { clientsConnected: 1, clientsTotal: 1 }
/** What any client is sent, and answers. */
const SENT = ['framesSent', 'bytesSent', 'pings', 'pongs'] as const

const CONNECTION: Event = {
  what: 'a client connects',
  raises: CONNECTED,
  alongside: SENT,
  happen: onGateway(gateway => gateway.connect()),
}
const TRADE: Event = {
  what: 'a trade is sent to a client',
  raises: { framesSent: 1 },
  alongside: ['bytesSent', 'pings', 'pongs'],
  happen: onClient((_client, gateway) => gateway.publishTrade()),
}
const OVERRUN: Event = {
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

proveRows('gateway', {
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
    happen: onVirtual((client, fixture) => {
      fixture.publishTrade()
      fixture.merge.doWork()
      client.bufferedBytes = 1_000
      for (let ms = 0; ms < 90_100; ms += TICK_MS) tick(fixture)
    }),
  },
  clientFramesIgnored: {
    what: 'a client sends a text',
    raises: { clientFramesIgnored: 1 },
    happen: onClient(client => client.socket.send('{"op":"subscribe"}')),
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
    happen: onVirtual((client, fixture) => {
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
    happen: onVirtual((_client, fixture) => {
      fixture.publishTop(0, 1)
      fixture.merge.doWork()
      tick(fixture)
    }),
  },
  pongs: {
    what: 'a client answers a ping',
    raises: { pongs: 1 },
    happen: onVirtual(
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
} as never)

type Step<Fixture> = (fixture: Fixture) => unknown

function onGateway(
  event: Step<GatewayUnderTest>,
  prepare: Step<GatewayUnderTest> = () => {},
  options?: GatewayOptions,
): Event['happen'] {
  return async begins => {
    const gateway = options === undefined ? shared : await startedGateway(options)
    // Clients of earlier events.
    gateway.disconnectAll()
    await prepare(gateway)
    await isQuiet(gateway)
    begins(() => gateway.counters())
    await event(gateway)
  }
}

async function startedGateway(options: GatewayOptions): Promise<GatewayUnderTest> {
  const gateway = new GatewayUnderTest(options)
  await gateway.start()
  return gateway
}

/** With a client that has been sent everything. */
function onClient(event: (client: Client, gateway: GatewayUnderTest) => unknown, options?: GatewayOptions) {
  let client: Client | undefined
  const prepare = async (gateway: GatewayUnderTest): Promise<void> => {
    client = await gateway.connect()
  }
  return onGateway(gateway => event(client as Client, gateway), prepare, options)
}

/** With a virtual client that has been sent everything; a tick follows the event. */
function onVirtual(
  event: (client: TestClient, fixture: MergeFixture) => void,
  prepare: (client: TestClient, fixture: MergeFixture) => void = () => {},
): Event['happen'] {
  return begins => {
    const fixture = new MergeFixture()
    const client = fixture.join()
    fixture.settle()
    prepare(client, fixture)
    tick(fixture)
    begins(() => fixture.counters())
    event(client, fixture)
    tick(fixture)
  }
}

function tick(fixture: MergeFixture): void {
  fixture.nowMs += TICK_MS
  fixture.server.tick(fixture.nowMs)
}

/** No counter changes any more. */
async function isQuiet(gateway: GatewayUnderTest): Promise<void> {
  for (let last = ''; ; await sleep(2.5 * TICK_MS)) {
    const now = JSON.stringify(gateway.counters())
    if (now === last) return
    last = now
  }
}
