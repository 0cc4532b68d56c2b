// What an event that raises a counter happens on: a gateway in its real thread with real sockets, or, where the moment of a ping
// or the answer of a socket decides, a virtual one.

import type { MetricEvent } from '@tradelane/shared/thread/test/metric-proof'
import { TICK_MS } from '../limits.js'
import { type Client, type GatewayOptions, GatewayUnderTest, sleep } from './gateway-fixture.js'
import { MergeFixture } from './merge-fixture.js'
import type { TestClient } from './test-client.js'
import { VirtualGateway } from './virtual-gateway.js'

export type GatewayEvent = MetricEvent<'gateway'>
type Step<Fixture> = (fixture: Fixture) => unknown
type Happen = GatewayEvent['happen']

/** Measured times: they change with any event, and with none. */
export const MEASURED = ['lookGapUsMax', 'lookGapUsRecent'] as const

/** Of every event that needs no other options: a thread for each would take long. */
const shared = await startedGateway({})

export function onGateway(
  event: Step<GatewayUnderTest>,
  prepare: Step<GatewayUnderTest> = () => {},
  options?: GatewayOptions,
): Happen {
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

/** With a client that has been sent everything. */
export function onClient(
  event: (client: Client, gateway: GatewayUnderTest) => unknown,
  options?: GatewayOptions,
): Happen {
  let client: Client | undefined
  const prepare = async (gateway: GatewayUnderTest): Promise<void> => {
    client = await gateway.connect()
  }
  return onGateway(gateway => event(client as Client, gateway), prepare, options)
}

/** With a virtual client that has been sent everything; a tick follows the event. */
export function onVirtualClient(
  event: (client: TestClient, fixture: MergeFixture) => void,
  prepare: (client: TestClient, fixture: MergeFixture) => void = () => {},
): Happen {
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

/** A virtual gateway that listens; time stands still unless a step moves it. */
export function onVirtualGateway(event: Step<VirtualGateway>, prepare: Step<VirtualGateway>): Happen {
  return begins => {
    const gateway = new VirtualGateway()
    gateway.gateway.listen()
    prepare(gateway)
    begins(() => gateway.counters())
    event(gateway)
  }
}

export function tick(fixture: MergeFixture): void {
  fixture.nowMs += TICK_MS
  fixture.tick()
  while (fixture.merge.doWork() > 0);
}

async function startedGateway(options: GatewayOptions): Promise<GatewayUnderTest> {
  const gateway = new GatewayUnderTest(options)
  await gateway.start()
  return gateway
}

/** No counter changes any more. */
async function isQuiet(gateway: GatewayUnderTest): Promise<void> {
  for (let last = ''; ; await sleep(2.5 * TICK_MS)) {
    const now = JSON.stringify({ ...gateway.counters(), lookGapUsMax: 0, lookGapUsRecent: 0 })
    if (now === last) return
    last = now
  }
}
