// Every setting: its environment variable, its flag, what it means, what it accepts, its default. Defaults are written here
// and nowhere else; the README's table and `tradelane config` are made from this table.

import { isIPv6 } from 'node:net'
import { originOf } from '@tradelane/shared/access/access-policy'
import { digestOf, isToken, TOKEN_FORM } from '@tradelane/shared/access/token'
import { KIND_NAMES } from '@tradelane/shared/market/nouns'
import { PRODUCTS, VENUES } from '@tradelane/venues/registry'
import * as z from 'zod'
import { PRODUCT_IDS, readInstrument } from './instrument-choice.js'
import {
  oneOf,
  optionalPath,
  readAddress,
  readAddressOrOff,
  readEach,
  type Setting,
  wholeNumber,
} from './setting-types.js'
import { VENUE_ACCESS_SETTINGS } from './venue-access-settings.js'

export interface SubscriptionChoice {
  readonly isAdded: boolean
  readonly productId: string
  readonly kind: string
}

/** Far beyond what one process serves. */
const CLIENTS_MAX_MAX = 100_000
/** Far below what instrument ids can number; a machine reaches its limit long before. */
const INSTRUMENTS_MAX = 1_000
const CONTRACT_PRODUCT_IDS = PRODUCTS.filter(product => product.hasContracts).map(product => product.id)
const KINDS_OF_PRODUCT = new Map(PRODUCTS.map(({ id, kinds }) => [id, kinds.map(kind => String(KIND_NAMES[kind]))]))
const KIND_LISTS = [...KINDS_OF_PRODUCT].map(([id, kinds]) => `${id} (${kinds.join(', ')})`)

export const PROGRAM_SETTINGS = {
  wsAddr: {
    name: 'WS_ADDR',
    about: 'address and port that clients connect to',
    accepted: 'host:port, port 0..65535',
    fallback: '0.0.0.0:9001',
    schema: z.string().transform(readAddress),
  },
  authToken: {
    name: 'AUTH_TOKEN',
    about: 'what clients must present: as Authorization: Bearer, as ?token= or as the subprotocol token.…; has no flag',
    accepted: TOKEN_FORM,
    fallback: '',
    isOptional: true,
    isSecret: true,
    schema: z.string().refine(isToken).transform(digestOf),
  },
  authTokenFile: optionalPath('AUTH_TOKEN_FILE', 'file that holds AUTH_TOKEN, read at the start'),
  tlsCert: optionalPath(
    'TLS_CERT',
    'certificate with its chain, PEM; with TLS_KEY it turns TLS on; SIGHUP reads both again',
  ),
  tlsKey: optionalPath('TLS_KEY', 'private key of TLS_CERT, PEM, not encrypted'),
  allowedOrigins: {
    name: 'ALLOWED_ORIGINS',
    about: 'pages whose browsers may connect; none: those of every origin',
    accepted: 'a comma-separated list of scheme://host[:port]',
    fallback: '',
    schema: z.string().transform((text, context) => readEach(text, context, originOf)),
  },
  adminAddr: {
    name: 'ADMIN_ADDR',
    about: 'address and port of the admin pages; off: there are none',
    accepted: 'host:port, port 0..65535, or off',
    fallback: '127.0.0.1:9002',
    schema: z.string().transform(readAddressOrOff),
  },
  adminHosts: {
    name: 'ADMIN_HOSTS',
    about: 'names by which requests may reach the admin pages, beside loopback names and the host of ADMIN_ADDR',
    accepted: 'a comma-separated list of host names or addresses without a port',
    fallback: '',
    schema: z.string().transform((text, context) => readEach(text, context, readHostName)),
  },
  ...VENUE_ACCESS_SETTINGS,
  instruments: {
    name: 'INSTRUMENTS',
    about: 'instruments to carry, on every product or only on the one named before the colon',
    accepted: `a comma-separated list of 1 to ${INSTRUMENTS_MAX} spot pairs and perpetuals as base-quote or product:base-quote; products: ${PRODUCT_IDS.join(', ')}`,
    fallback: 'btc-usdt,eth-usdt,sol-usdt',
    schema: z
      .string()
      .transform((text, context) => readEach(text, context, readInstrument))
      .refine(choices => choices.length >= 1 && choices.length <= INSTRUMENTS_MAX),
  },
  subscriptions: {
    name: 'SUBSCRIPTIONS',
    about: 'changes to the default subscriptions: product:kind adds one, -product:kind removes one',
    accepted: `a comma-separated list of [-]product:kind; products and their kinds: ${KIND_LISTS.join(', ')}`,
    fallback: '',
    schema: z.string().transform((text, context) => readEach(text, context, readSubscription)),
  },
  l2Workers: wholeNumber(
    'L2_WORKERS',
    'threads that build order books; instruments are divided among them',
    [1, 16],
    1,
    'threads',
  ),
  gateways: wholeNumber('GATEWAYS', 'threads that serve clients; they share the port', [1, 4], 1, 'threads'),
  topology: oneOf(
    'TOPOLOGY',
    'one thread per role (full), or ingest and the first gateway in one (compact)',
    ['full', 'compact'],
    'full',
  ),
  isolation: oneOf(
    'ISOLATION',
    'off runs everything in one thread and sends in order of arrival: the baseline of the benchmarks, a rollback switch',
    ['on', 'off'],
    'on',
  ),
  l2Depth: wholeNumber('L2_DEPTH', 'levels per side of each book sent to clients', [1, 200], 50, 'levels'),
  ...l2Throttles(),
  l1ThrottleMs: wholeNumber(
    'L1_THROTTLE_MS',
    'minimum interval between two L1 or CVD events of one instrument, ms',
    [0, 1_000],
    50,
    'ms',
  ),
  l2Nice: wholeNumber(
    'L2_NICE',
    'niceness of L2 workers: how far they lower their CPU priority (Linux only)',
    [0, 19],
    10,
  ),
  adminNice: wholeNumber('ADMIN_NICE', 'niceness of the admin thread (Linux only)', [0, 19], 19),
  tradeNice: wholeNumber(
    'TRADE_NICE',
    'niceness of the threads that carry trades, where the system permits to raise a priority (Linux only)',
    [-20, 0],
    0,
  ),
  warmUpMs: wholeNumber(
    'WARM_UP_MS',
    'longest time that each thread compiles its code, on sample frames, before the port opens, ms; 0: not at all',
    [0, 5_000],
    800,
    'ms',
  ),
  wsTradesBuffer: wholeNumber(
    'WS_TRADES_BUFFER',
    'trades kept for clients that fall behind',
    [1_000, 130_048],
    10_000,
    'trades',
  ),
  wsL2Buffer: wholeNumber(
    'WS_L2_BUFFER',
    'order book frames buffered between ingest and each L2 worker; the longest subscribed snapshot has to fit',
    [1_000, 131_072],
    50_000,
    'frames',
  ),
  clientsMax: wholeNumber(
    'CLIENTS_MAX',
    'clients at a time, over all gateways',
    [1, CLIENTS_MAX_MAX],
    2_000,
    'clients',
  ),
  clientsPerIpMax: {
    name: 'CLIENTS_PER_IP_MAX',
    about: 'clients at a time of one address, over all gateways; an IPv6 address counts as its /64',
    accepted: `a whole number 1..${CLIENTS_MAX_MAX}, or CLIENTS_MAX for as many as there may be in total`,
    fallback: 'CLIENTS_MAX',
    unit: 'clients',
    schema: z.union([
      z.literal('CLIENTS_MAX').transform(() => null),
      wholeNumber('CLIENTS_PER_IP_MAX', '', [1, CLIENTS_MAX_MAX], 1).schema,
    ]),
  },
  clientStallMs: wholeNumber(
    'CLIENT_STALL_MS',
    'disconnect a client that accepts no data for this long, ms',
    [1_000, 3_600_000],
    90_000,
    'ms',
  ),
  spotLogThreshold: wholeNumber(
    'SPOT_LOG_THRESHOLD',
    'log spot trades of at least this value in quote currency',
    [0, 1_000_000_000],
    50_000,
    'quote currency',
  ),
  sizeUnits: oneOf(
    'SIZE_UNITS',
    `amounts where a venue trades contracts (${CONTRACT_PRODUCT_IDS.join(', ')}): as the venue states them, or in base currency`,
    ['venue', 'base'],
    'venue',
  ),
  logLevel: oneOf('LOG_LEVEL', 'lowest level of log lines to write', ['debug', 'info', 'warn', 'error'], 'info'),
} as const satisfies Record<string, Setting<unknown>>

/** All settings: the program's, and those that one venue has for itself, whose values only its products understand. */
export const SETTINGS: Readonly<Record<string, Setting<unknown>>> = { ...PROGRAM_SETTINGS, ...venueSettings() }

type L2ThrottleKey = `l2Throttle${Capitalize<keyof typeof VENUES>}Ms`

export type SettingKey = keyof typeof PROGRAM_SETTINGS
type OutputOf<Entry extends Setting<unknown>> =
  | z.output<Entry['schema']>
  | (Entry extends { readonly isOptional: true } ? null : never)
export type SettingValues = { readonly [Key in SettingKey]: OutputOf<(typeof PROGRAM_SETTINGS)[Key]> }

/** Why these settings contradict each other, or null. */
export function conflictOf(values: SettingValues): string | null {
  const { isolation, topology, gateways, authToken, authTokenFile, tlsCert, tlsKey } = values
  if (authToken !== null && authTokenFile !== null) return 'AUTH_TOKEN and AUTH_TOKEN_FILE are both set; expected one'
  if (tlsCert !== null && tlsKey === null) return 'TLS_CERT is set without TLS_KEY; expected both or none'
  if (tlsKey !== null && tlsCert === null) return 'TLS_KEY is set without TLS_CERT; expected both or none'
  if (isolation === 'on') return null
  if (gateways > 1)
    return `invalid GATEWAYS "${gateways}" with ISOLATION=off; expected 1, as everything is in one thread`
  if (topology === 'full') return null
  return `invalid TOPOLOGY "${topology}" with ISOLATION=off; expected full, as everything is in one thread`
}

/** Settings of the older server that have no meaning here, and what to do instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  WS_BUFFER_SIZE: 'trades and books no longer share a buffer: set WS_TRADES_BUFFER and WS_L2_BUFFER',
  WS_ENVELOPE: 'frames carry no envelope; additions are extra fields, which clients ignore',
  WS_BINARY_FRAMES: 'frames are text; a client requests MessagePack with ?format=msgpack in its URL',
}

/** The key of the throttle setting that each venue has. */
export function l2ThrottleKey(venueId: string): L2ThrottleKey {
  return `l2Throttle${venueId.charAt(0).toUpperCase()}${venueId.slice(1)}Ms` as L2ThrottleKey
}

export function flagOf(setting: { readonly name: string }): string {
  return `--${setting.name.toLowerCase().replaceAll('_', '-')}`
}

/** `ENDPOINT_<PRODUCT>_WS`. */
export function endpointName(productId: string, end: 'WS' | 'REST'): string {
  return `ENDPOINT_${productId.toUpperCase().replaceAll('-', '_')}_${end}`
}

function l2Throttles(): Readonly<Record<L2ThrottleKey, Setting<number>>> {
  const throttles = Object.values(VENUES).map(({ id, l2ThrottleDefaultMs }) => {
    const about = `minimum interval between two books of one ${id} instrument, ms`
    return [
      l2ThrottleKey(id),
      wholeNumber(`L2_THROTTLE_${id.toUpperCase()}_MS`, about, [0, 10_000], l2ThrottleDefaultMs, 'ms'),
    ]
  })
  return Object.fromEntries(throttles)
}

/** By key: the name in camel case, as of every setting. */
function venueSettings(): Readonly<Record<string, Setting<string>>> {
  const settings = Object.values(VENUES).flatMap(venue => venue.settings)
  const keyOf = (name: string): string => name.toLowerCase().replace(/_(.)/g, (_, first: string) => first.toUpperCase())
  return Object.fromEntries(
    settings.map(({ name, about, accepted, fallback }) => [keyOf(name), oneOf(name, about, accepted, fallback)]),
  )
}

function readHostName(entry: string): string | null {
  const name = entry.toLowerCase()
  const address = /^\[(.+)\]$/.exec(name)?.[1] ?? name
  if (isIPv6(address)) return address
  return /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/.test(name) ? name : null
}

function readSubscription(entry: string): SubscriptionChoice | null {
  const parts = /^(-?)([a-z][a-z-]*):([a-z0-9_]+)$/.exec(entry)
  const [, sign, productId = '', kind = ''] = parts ?? []
  if (!KINDS_OF_PRODUCT.get(productId)?.includes(kind)) return null
  return { isAdded: sign !== '-', productId, kind }
}
