// What Tradelane is measured beside by `--peers`: the plain loop behind the usual gate, brokers and a library that programs use for
// the same purpose. Each gets the frames of the single loop, made by the same decoders, books and encoders.

import { startModule } from '../run/child-module.js'
import type { RunningVariant, Variant } from '../variants/variant.js'
import { GATED_LOOP, NATS, NATS_TWO, NCHAN, SINGLE_LOOP, SOCKET_IO, TRADELANE } from '../variants/variant-names.js'
import { type Broker, missingNats, missingNchan, startNats, startNchan } from './brokers.js'
import { installPeerPackages } from './peer-packages.js'

export interface PeerSet {
  /** In the order of the report. */
  readonly variants: readonly Variant[]
  /** What cannot be measured here: name and why. */
  readonly absent: readonly { readonly name: string; readonly why: string }[]
}

interface Peer {
  readonly variant: Variant
  /** Why it cannot be measured here, or null. */
  missing(printLine: (line: string) => void): Promise<string | null> | string | null
}

const BRIDGE = new URL('./bridge-process.js', import.meta.url)
const COMMON = { isStrict: false, require: ['trade'], isPeer: true } as const

const PEERS: readonly Peer[] = [
  {
    variant: {
      ...COMMON,
      name: NATS,
      about: 'nats-server over WebSocket with its defaults, one connection a client; a bridge publishes to it',
      protocol: 'nats',
      start: sim => startBridged(sim, 'nats', startNats),
    },
    missing: missingNats,
  },
  {
    variant: {
      ...COMMON,
      name: NATS_TWO,
      about: 'the same with two connections a client: trades on one, books and other state on the other',
      protocol: 'nats-two',
      start: sim => startBridged(sim, 'nats', startNats),
    },
    missing: missingNats,
  },
  {
    variant: {
      ...COMMON,
      name: NCHAN,
      about:
        'nginx with nchan, one channel, 10,000 messages kept for a client that is behind; a bridge publishes to it',
      protocol: 'nchan',
      start: sim => startBridged(sim, 'nchan', startNchan),
    },
    missing: missingNchan,
  },
  {
    variant: {
      ...COMMON,
      name: SOCKET_IO,
      about: 'the single loop with socket.io for its clients, WebSocket only, one `emit` a frame',
      protocol: 'socket.io',
      start: sim => startModule(BRIDGE, sim, 'socket.io'),
    },
    missing: installPeerPackages,
  },
]

export const PEER_NAMES: readonly string[] = [
  TRADELANE,
  SINGLE_LOOP,
  GATED_LOOP,
  ...PEERS.map(({ variant }) => variant.name),
]

/** `builtIn` are the benchmark's own variants; `names`: only these, and Tradelane; empty: all. */
export async function peerSet(
  builtIn: readonly Variant[],
  names: readonly string[],
  printLine: (line: string) => void,
): Promise<PeerSet> {
  const isChosen = ({ name }: Variant): boolean => names.length === 0 || names.includes(name)
  const loops = builtIn
    .filter(({ name }) => name === SINGLE_LOOP || name === GATED_LOOP)
    .map(variant => ({ ...variant, isStrict: false, isPeer: true }))
  const variants = [...builtIn.filter(({ name }) => name === TRADELANE), ...loops].filter(isChosen)
  const absent: { name: string; why: string }[] = []
  for (const { variant, missing } of PEERS) {
    if (!isChosen(variant)) continue
    const why = await missing(printLine)
    if (why === null) variants.push(variant)
    else absent.push({ name: variant.name, why })
  }
  return { variants, absent }
}

/** Broker and bridge count as one server: neither serves without the other. */
async function startBridged(sim: string, peer: string, start: () => Promise<Broker>): Promise<RunningVariant> {
  const broker = await start()
  try {
    const bridge = await startModule(BRIDGE, sim, peer, String(broker.port))
    const stop = async (): Promise<void> => {
      await bridge.stop()
      await broker.stop()
    }
    return { url: `ws://127.0.0.1:${broker.clientPort}`, pid: bridge.pid, otherPids: broker.pids, stop }
  } catch (error) {
    await broker.stop()
    throw error
  }
}
