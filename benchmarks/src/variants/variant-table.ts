// The variants that can be measured. `tradelane` is the product as users start it; the others show what its design is worth.

import { type Fault, faultModule } from '../faults/fault-names.js'
import { startModule } from '../run/child-module.js'
import { freePort } from '../run/free-port.js'
import { startProduct } from './product-process.js'
import type { RunningVariant, Variant } from './variant.js'
import {
  COMPACT,
  FOUR_SHARDS,
  GATED_LOOP,
  ISOLATION_OFF,
  RAW_FLOOR,
  SINGLE_LOOP,
  TRADELANE,
  TWO_SHARDS,
} from './variant-names.js'

/** In the order of the report. `faults` break `tradelane` on purpose. */
export function builtInVariants(faults: readonly Fault[] = []): readonly Variant[] {
  return [
    {
      name: TRADELANE,
      about: `this product, \`tradelane serve\` with its defaults${faults.length === 0 ? '' : `, broken: ${faults.join(', ')}`}`,
      isStrict: true,
      require: null,
      start: (sim, instruments) =>
        faults.length === 0 ? startTradelane(sim, named(instruments)) : startBroken(sim, faults),
    },
    {
      name: ISOLATION_OFF,
      about: 'this product with ISOLATION=off: all agents in one thread, trades and books in order of arrival',
      isStrict: true,
      require: null,
      start: sim => startTradelane(sim, { ISOLATION: 'off' }),
    },
    {
      name: COMPACT,
      about: 'this product with TOPOLOGY=compact: ingest and gateway in one thread, books apart',
      isStrict: true,
      require: null,
      start: sim => startTradelane(sim, { TOPOLOGY: 'compact' }),
    },
    ...[
      { name: TWO_SHARDS, count: 2 },
      { name: FOUR_SHARDS, count: 4 },
    ].map(
      ({ name, count }): Variant => ({
        name,
        about: `this product with L2_WORKERS=${count}`,
        isStrict: true,
        require: null,
        start: (sim, instruments) => startTradelane(sim, { ...named(instruments), L2_WORKERS: String(count) }),
      }),
    ),
    {
      name: SINGLE_LOOP,
      about: 'a plain server on `ws`: one process, one event loop, the same decoders, books and encoders',
      isStrict: true,
      require: null,
      start: sim => startModule(new URL('./single-loop/single-loop-process.js', import.meta.url), sim),
    },
    {
      name: GATED_LOOP,
      about:
        'the same server with the usual gate: books and state only while a client has nothing unsent (`bufferedAmount` 0)',
      isStrict: true,
      require: null,
      start: sim => startModule(new URL('./single-loop/single-loop-process.js', import.meta.url), sim, 'gated'),
    },
    {
      name: RAW_FLOOR,
      about: 'no gateway: trades straight from the simulator to uWebSockets.js; what the measurement itself costs',
      isStrict: false,
      require: ['trade'],
      start: sim => startModule(new URL('./raw-uws/raw-uws-process.js', import.meta.url), sim),
    },
  ]
}

/** A server that is already running and takes its venues from `simPort`. */
export function peerVariant(name: string, url: string, simPort: number): Variant {
  const peer: RunningVariant = { url, pid: null, stop: async () => {} }
  const about = `another server, ${url}`
  return { name, about, isStrict: false, require: ['trade'], simPort, start: async () => peer }
}

/** Books have full priority, so that short runs on a busy machine have some. */
function startBroken(sim: string, faults: readonly Fault[]): Promise<RunningVariant> {
  const imports = faults.flatMap(fault => ['--import', faultModule(fault).href])
  return startTradelane(sim, { L2_NICE: '0' }, imports)
}

async function startTradelane(
  sim: string,
  env: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): Promise<RunningVariant> {
  const port = await freePort()
  const { child, url } = await startProduct({ sim, env: { ...env, ADMIN_ADDR: `127.0.0.1:${port}` }, nodeFlags })
  return { url, pid: child.pid, admin: `http://127.0.0.1:${port}`, stop: () => child.stop() }
}

function named(instruments: string | undefined): Readonly<Record<string, string>> {
  return instruments === undefined ? {} : { INSTRUMENTS: instruments }
}
