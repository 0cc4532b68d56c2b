// What the thread of the naive socket is started with, and what it posts.

import type { AccessRules, CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import type { NaiveLanes } from './naive-fan-out.js'

export interface NaiveStart extends NaiveLanes {
  readonly control: SharedArrayBuffer
  readonly threadIndex: number
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** A page may know it: where it is taken, no other will do. */
  readonly isPortKnown: boolean
  readonly access: AccessRules
  /** Null: without TLS. */
  readonly certificate: CertificatePaths | null
  readonly nice: number
}

export interface NaiveListening {
  readonly type: 'listening'
  readonly port: number
}
