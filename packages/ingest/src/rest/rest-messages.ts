// What ingest and its REST thread tell each other.

import type { ProxyRules } from '@tradelane/shared/thread/thread-messages'

/** The worker data. */
export interface RestThreadStart {
  readonly proxy: ProxyRules | null
}

export type RestThreadRequest =
  | { readonly type: 'get'; readonly id: number; readonly url: string }
  | { readonly type: 'abort'; readonly id: number }

/** Of one request: a head and a body, or a failure instead of either. */
export type RestThreadAnswer =
  | RestThreadHead
  /** `body` is the only view of its memory, which is handed over. */
  | { readonly type: 'body'; readonly id: number; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }

export interface RestThreadHead {
  readonly type: 'head'
  readonly id: number
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
}
