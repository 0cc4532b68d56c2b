// What a thread with several agents is started with.

import type { GatewayStart, IngestStart, L2Task } from '@tradelane/shared/thread/thread-messages'
import type { MergeName } from './topology.js'

export interface SharedStart {
  readonly role: string
  readonly threadIndex: number
  readonly control: SharedArrayBuffer
  readonly traces: SharedArrayBuffer
  /** In the order in which they take their turns. */
  readonly agents: readonly AgentStart[]
}

export type AgentStart =
  | { readonly kind: 'ingest'; readonly start: IngestStart }
  | { readonly kind: 'l2'; readonly task: Omit<L2Task, 'supervisorPort'> }
  | { readonly kind: 'gateway'; readonly start: GatewayStart; readonly merge: MergeName }
