// Which thread runs which agents, and which instruments each shard owns: one pure function of the settings. The supervisor
// starts these threads; no agent knows where it runs.

import type { CellSpec } from '@tradelane/shared/lanes/board'
import {
  INSTRUMENT_NONE,
  type Instrument,
  type InstrumentId,
  Kind,
  type ProductIndex,
  type ProductLabel,
} from '@tradelane/shared/market/nouns'
import type { InstrumentSubscriptions } from '@tradelane/shared/thread/thread-messages'
import { PRODUCTS, venueOf } from '@tradelane/venues/registry'
import type { Product } from '@tradelane/venues/venue'
import type { Settings } from './settings.js'
import { kindsOf } from './subscribed-kinds.js'

export type AgentSpec =
  | { readonly kind: 'ingest' }
  | { readonly kind: 'l2'; readonly shard: number }
  | { readonly kind: 'gateway'; readonly ordinal: number; readonly merge: MergeName }
  | { readonly kind: 'admin' }

/** The order in which a gateway sends: `priority` is the product, `fifo` the baseline. */
export type MergeName = 'priority' | 'fifo'

export interface ThreadSpec {
  /** Its name in logs. */
  readonly role: string
  /** Its cell of the control block. */
  readonly index: number
  /** In the order in which they take their turns: downstream. */
  readonly agents: readonly AgentSpec[]
}

export interface ShardSpec {
  /** Those with a book in this shard. */
  readonly instruments: readonly InstrumentId[]
}

export interface Topology {
  readonly threads: readonly ThreadSpec[]
  readonly products: readonly ProductLabel[]
  readonly instruments: readonly Instrument[]
  readonly subscriptions: readonly InstrumentSubscriptions[]
  readonly stateCells: readonly CellSpec[]
  readonly shards: readonly ShardSpec[]
  /** By instrument id; 0 for instruments without a book. */
  readonly shardOfInstrument: readonly number[]
}

export function topologyOf(settings: Settings): Topology {
  const products = PRODUCTS.map(labelOf)
  const instruments = instrumentsOf(settings, products)
  const subscriptions = instruments.map(instrument => ({
    instrument: instrument.id,
    kinds: kindsOf(settings, PRODUCTS[instrument.product] as Product),
  }))
  const shardOfInstrument = instruments.map(() => 0)
  const shards = shardsOf(settings, subscriptions, shardOfInstrument)
  return {
    threads: threadsOf(settings),
    products,
    instruments,
    subscriptions,
    stateCells: stateCellsOf(products, instruments, subscriptions),
    shards,
    shardOfInstrument,
  }
}

/** Index of the thread that runs this agent. */
export function threadOf(topology: Topology, isWanted: (agent: AgentSpec) => boolean): number {
  const thread = topology.threads.find(candidate => candidate.agents.some(isWanted))
  if (thread === undefined) throw new Error('the topology has no thread for this agent')
  return thread.index
}

export function gatewayThreads(topology: Topology): readonly number[] {
  return topology.threads.filter(thread => runs(thread, 'gateway')).map(thread => thread.index)
}

export function runs(thread: ThreadSpec, kind: AgentSpec['kind']): boolean {
  return thread.agents.some(agent => agent.kind === kind)
}

/** The agent whose rules the thread follows when it starts, hangs and stops: first a gateway, which must never be terminated. */
export function leadOf(thread: ThreadSpec): AgentSpec['kind'] {
  const lead = LEADS.find(kind => runs(thread, kind))
  if (lead === undefined) throw new Error('a thread of the topology has an agent')
  return lead
}

const LEADS: readonly AgentSpec['kind'][] = ['gateway', 'ingest', 'l2', 'admin']

function threadsOf(settings: Settings): readonly ThreadSpec[] {
  return placementOf(settings).map((agents, index) => ({ role: agents.map(roleOf).join('+'), index, agents }))
}

/**
 * The agents of each thread. L2 workers come last, because their number changes while the others run. The admin agent shares
 * no thread: it may hang or run out of memory.
 */
function placementOf(settings: Settings): readonly (readonly AgentSpec[])[] {
  const { isolation, topology, l2Workers, gateways, adminAddr } = settings
  const merge: MergeName = isolation === 'off' ? 'fifo' : 'priority'
  const ingest: AgentSpec = { kind: 'ingest' }
  const ofGateways = Array.from({ length: gateways }, (_, ordinal): AgentSpec => ({ kind: 'gateway', ordinal, merge }))
  const ofL2 = Array.from({ length: l2Workers }, (_, shard): AgentSpec => ({ kind: 'l2', shard }))
  const admin: readonly AgentSpec[] = adminAddr === null ? [] : [{ kind: 'admin' }]
  if (isolation === 'off') return [[ingest, ...ofL2, ...ofGateways], ...admin.map(agent => [agent])]
  const besideIngest = topology === 'compact' ? 1 : 0
  const apart = [...ofGateways.slice(besideIngest), ...admin, ...ofL2]
  return [[ingest, ...ofGateways.slice(0, besideIngest)], ...apart.map(agent => [agent])]
}

function roleOf(agent: AgentSpec): string {
  switch (agent.kind) {
    case 'ingest':
      return 'ingest'
    case 'l2':
      return `l2-${agent.shard}`
    case 'gateway':
      return `gateway-${agent.ordinal}`
    case 'admin':
      return 'admin'
  }
}

function labelOf(product: Product, index: number): ProductLabel {
  const { id, exchange, marketType } = product
  return { index: index as ProductIndex, id, venue: venueOf(product).id, exchange, marketType }
}

function instrumentsOf(settings: Settings, products: readonly ProductLabel[]): readonly Instrument[] {
  const instruments: Instrument[] = []
  const symbols = new Set<string>()
  for (const label of products) {
    for (const { productId, base, quote } of settings.instruments) {
      if (productId !== null && productId !== label.id) continue
      const symbol = (PRODUCTS[label.index] as Product).symbolOf(base, quote)
      if (symbols.has(`${label.id} ${symbol}`)) continue
      symbols.add(`${label.id} ${symbol}`)
      const { index: product, exchange, marketType } = label
      instruments.push({ id: instruments.length as InstrumentId, product, exchange, marketType, base, quote, symbol })
    }
  }
  return instruments
}

function shardsOf(
  settings: Settings,
  subscriptions: readonly InstrumentSubscriptions[],
  shardOfInstrument: number[],
): readonly ShardSpec[] {
  const shards = Array.from({ length: settings.l2Workers }, () => ({ instruments: [] as InstrumentId[] }))
  let next = 0
  for (const { instrument: id, kinds } of subscriptions) {
    if (!kinds.includes(Kind.orderBookL2)) continue
    const shard = next % shards.length
    next += 1
    shardOfInstrument[id] = shard
    shards[shard]?.instruments.push(id)
  }
  return shards
}

function stateCellsOf(
  products: readonly ProductLabel[],
  instruments: readonly Instrument[],
  subscriptions: readonly InstrumentSubscriptions[],
): readonly CellSpec[] {
  const cells: CellSpec[] = []
  for (const { instrument: id, kinds } of subscriptions) {
    const { product, marketType } = instruments[id] as Instrument
    const add = (kind: Kind): number => cells.push({ kind, about: kind, instrument: id, product })
    if (kinds.includes(Kind.orderBookL1)) add(Kind.orderBookL1)
    if (kinds.includes(Kind.openInterest)) add(Kind.openInterest)
    if (kinds.includes(Kind.trade) && marketType === 'Perpetual') add(Kind.cumulativeVolumeDelta)
    for (const about of kinds) {
      // A book's status is in its own cell.
      if (about !== Kind.orderBookL2) cells.push({ kind: Kind.subscription, about, instrument: id, product })
    }
  }
  for (const { index: product } of products) {
    const ofProduct = subscriptions.filter(({ instrument }) => instruments[instrument]?.product === product)
    for (const about of new Set(ofProduct.flatMap(subscription => subscription.kinds))) {
      cells.push({ kind: Kind.link, about, instrument: INSTRUMENT_NONE, product })
    }
  }
  return cells
}
