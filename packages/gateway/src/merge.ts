// The interface of what decides the order of sends to all clients: the agent of a gateway. `PriorityMerge` is the product;
// `FifoMerge` is the order of a server without priorities, the baseline to measure it against.

import assert from 'node:assert/strict'
import type { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { Agent } from '@tradelane/shared/thread/agent'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import { overrunGapFrame, serverFrameJson, serverFramePacked } from '@tradelane/shared/wire/server-frames'
import type { BoardSet } from './board-set.js'
import type { Chores } from './chores.js'
import type { Looks } from './looks.js'
import type { Session } from './session.js'
import type { SessionRing } from './session-ring.js'
import type { HopStamps } from './tail/hop-stamps.js'

export interface Merge extends Agent {
  add(session: Session): void
  remove(session: Session): void
  /** At the start of each socket event: hundreds may come in a row, and trades that wait go between them. */
  look(): void
}

export interface MergeOptions {
  readonly log: TradeLogReader
  readonly boards: BoardSet
  readonly sessions: SessionRing
  readonly looks: Looks
  readonly chores: Chores
  readonly stream: string
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  /** Monotonic. */
  readonly nowMs: () => number
  /** Absent where late trades need no explanation. */
  readonly stamps?: HopStamps
  /** Closes the gateway of this merge; absent where there is none around it. */
  readonly close?: () => Promise<void>
}

export type NewMerge = (options: MergeOptions) => Merge

/**
 * The trade log overtook this client: a gap reports what it missed, up to `to`, and its cursor moves past that. False: the
 * client is gone.
 */
export function sendOverrunGap(session: Session, to: number, options: MergeOptions): boolean {
  const { stream, counters, limitedLog } = options
  const from = session.cursor
  assert(from <= to, 'a gap reports at least one record')
  const frame = overrunGapFrame(stream, from, to)
  const encoded = session.isPacked ? serverFramePacked(frame) : Buffer.from(serverFrameJson(frame))
  if (!session.sendServerFrame(encoded)) return false
  session.skipTo(to + 1)
  const missed = to - from + 1
  session.recordsMissed += missed
  counters.add('overruns')
  counters.add('recordsMissed', missed)
  limitedLog.write('warn', 'slow client missed trades', session.address, { missed, from, to })
  return true
}
