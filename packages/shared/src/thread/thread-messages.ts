// Everything that crosses a thread boundary other than through a lane: the start message of each kind of thread and one
// closed union per direction. Plain data and shared buffers only. None of these messages is on the path of a trade.

import type {
  Instrument,
  InstrumentId,
  MonotonicUs,
  ProductLabel,
  SizeUnits,
  StatusReason,
  SubscribedKind,
} from '../market/nouns.js'
import type { LogFields, LogLevel } from './log.js'

/** What every thread is started with. */
export interface ThreadStart {
  /** `ingest`, `l2-0`, `gateway-0`: also the name in logs. */
  readonly role: string
  /** This thread's cell in the control block. */
  readonly threadIndex: number
  readonly control: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  /** Of all threads, see `trace-layout.ts`. */
  readonly traces: SharedArrayBuffer
  /** How long it may compile its code before it serves; 0: not at all. */
  readonly warmUpMs: number
  readonly products: readonly ProductLabel[]
  readonly instruments: readonly Instrument[]
}

/** How the books are spread over L2 workers. */
export interface ShardLanes {
  /** One per shard, by shard index. */
  readonly depthRings: readonly SharedArrayBuffer[]
  /** Shard of each instrument, by instrument id. */
  readonly shardOfInstrument: readonly number[]
  /** Thread to ring after a depth ring changed, by shard. */
  readonly shardThreads: readonly number[]
}

export interface IngestStart extends ThreadStart, ShardLanes {
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  /** Of this thread: 0 or less. */
  readonly nice: number
  /** Threads to ring after the trade log or the state board changed. */
  readonly gatewayThreads: readonly number[]
  readonly endpoints: readonly ProductEndpoints[]
  /** Null: venues are reached directly. */
  readonly proxy: ProxyRules | null
  readonly subscriptions: readonly InstrumentSubscriptions[]
  readonly l1ThrottleMs: number
  /** Spot trades of this quote value are logged at info. */
  readonly spotLogThreshold: number
  /** The values of the venues' own settings, by name: only their products understand them. */
  readonly venueSettings: Readonly<Record<string, string>>
  /** What clients read where a venue trades contracts. */
  readonly sizeUnits: SizeUnits
  /** Everything that the venues send is posted as `recorded` too. */
  readonly isRecording: boolean
  /** 8 base-36 characters, made at process start. */
  readonly stream: string
}

export interface ProductEndpoints {
  readonly productId: string
  /** `wss://host[/prefix]`, without a trailing slash. */
  readonly ws: string
  readonly rest: string
}

/** How venues are reached where a proxy is set. */
export interface ProxyRules {
  /** May contain user and password: never to be shown. */
  readonly url: string
  /** Hosts that are reached directly, as NO_PROXY lists them. */
  readonly except: readonly string[]
}

export interface InstrumentSubscriptions {
  readonly instrument: InstrumentId
  readonly kinds: readonly SubscribedKind[]
}

export interface L2Start extends ThreadStart {
  readonly shard: number
  readonly depthRing: SharedArrayBuffer
  /** The cells of every book; this shard writes those of `books`. */
  readonly bookBoard: SharedArrayBuffer
  readonly books: readonly ShardBook[]
  readonly depthLevels: number
  readonly sizeUnits: SizeUnits
  readonly gatewayThreads: readonly number[]
  /** By how much the thread lowers its CPU priority. */
  readonly nice: number
}

/** A book of one shard. */
export interface ShardBook {
  readonly instrument: InstrumentId
  /** Minimum interval between two emissions. */
  readonly throttleMs: number
}

/** Who may connect. */
export interface AccessRules {
  /** SHA-256 of the token, in hexadecimal; null: no token is needed. */
  readonly tokenDigest: string | null
  /** As browsers send them; empty: every one is allowed. */
  readonly allowedOrigins: readonly string[]
}

/** Files in PEM format. */
export interface CertificatePaths {
  readonly certPath: string
  readonly keyPath: string
}

export interface GatewayStart extends ThreadStart {
  /** Of this thread: 0 or less. */
  readonly nice: number
  /** Its place among the gateways. */
  readonly gateway: number
  /** Of all gateways, see `admission-layout.ts`. */
  readonly admission: SharedArrayBuffer
  readonly clientTable: SharedArrayBuffer
  readonly clientsMax: number
  readonly clientsPerIpMax: number
  readonly host: string
  readonly port: number
  /** True: refuse to share the port with another process. */
  readonly isExclusive: boolean
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly bookBoard: SharedArrayBuffer
  readonly stream: string
  readonly version: string
  /** A client with no progress for this long is ended with 1013. */
  readonly clientStallMs: number
  readonly access: AccessRules
  /** Null: without TLS. */
  readonly certificate: CertificatePaths | null
}

/** It serves HTTP from what the other threads leave in shared memory and post. */
export interface AdminStart extends ThreadStart {
  readonly access: AccessRules
  /** Null: without TLS. */
  readonly certificate: CertificatePaths | null
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Names that a request's Host may be, in lower case, beside those of the loopback interface. */
  readonly hostNames: readonly string[]
  /** By how much the thread lowers its CPU priority. */
  readonly nice: number
  /** All threads, this one too. */
  readonly threads: readonly ThreadLabel[]
  readonly ingestThread: number
  /** Those of the engine, by the system's ids. */
  readonly helperThreads: readonly number[]
  readonly gatewayThreads: readonly number[]
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly bookBoard: SharedArrayBuffer
  /** By shard. */
  readonly depthRings: readonly SharedArrayBuffer[]
  readonly clientTable: SharedArrayBuffer
  readonly stream: string
  readonly version: string
  /** When the process started. */
  readonly processStartUs: MonotonicUs
  /** Where its page finds the clients' port. */
  readonly gateway: { readonly host: string; readonly port: number; readonly isTls: boolean }
  /** Of the naive socket that the demo compares with; null where there is none. */
  readonly naivePort: number | null
}

export interface ThreadLabel {
  readonly role: string
  /** Its cell in the control block. */
  readonly index: number
}

export type ThreadToSupervisor =
  /** From an L2 worker, for ingest. */
  | ResyncRequest
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  /** Lines of a capture, only where `IngestStart.isRecording`. */
  | { readonly type: 'recorded'; readonly lines: readonly string[] }
  /** The first turn was done; for a gateway, the port is open. */
  | { readonly type: 'running'; readonly port?: number }
  /** The admin thread opened its port, maybe long after it began to run. */
  | { readonly type: 'admin-listening'; readonly port: number }
  | LateTradePost
  /** The thread cannot do its work, and a restart would not help, e.g. `ERR_PORT_IN_USE`. */
  | { readonly type: 'fatal'; readonly code: string; readonly message: string }

export type SupervisorToThread = SupervisorToIngest | SupervisorToGateway | SupervisorToAdmin

export type SupervisorToAdmin =
  | CertificateRenewal
  /** The books are spread over other shards. */
  | {
      readonly type: 'threads'
      readonly threads: readonly ThreadLabel[]
      readonly depthRings: readonly SharedArrayBuffer[]
    }
  /** The naive socket of the demo opened its port. */
  | { readonly type: 'naive-listening'; readonly port: number }
  /** Relayed from the gateway of this thread. */
  | (LateTradePost & { readonly thread: number })

/** From a gateway, for the admin thread: what became one of its worst trades since it posted last, see `late-trades.ts`. */
export interface LateTradePost {
  readonly type: 'late-trades'
  /** From the venue's socket to the clients' sockets. */
  readonly worst: readonly number[]
  /** From the venue to its socket here, above the fastest of its product. */
  readonly worstArrivals: readonly number[]
}

export type SupervisorToIngest =
  /** The books are spread over other shards: on these rings from now on, by new book connections. */
  | ({ readonly type: 'shards' } & ShardLanes)
  /** A shard started again: open new book connections for it. */
  | { readonly type: 'shard-started'; readonly shard: number }
  /** Relayed from an L2 worker, so that either thread can restart without the other noticing. */
  | ResyncRequest

export type SupervisorToGateway = CertificateRenewal

/** The certificate's files have changed, and were checked. */
export interface CertificateRenewal {
  readonly type: 'certificate'
}

/** Recover the book of this instrument. */
export interface ResyncRequest {
  readonly type: 'resync'
  readonly instrument: InstrumentId
  readonly reason: StatusReason
  readonly remedy: Remedy
}

/** `snapshot`: by REST or a new subscription; `connection`: another connection beside the one in use, which it replaces. */
export type Remedy = 'snapshot' | 'connection'
