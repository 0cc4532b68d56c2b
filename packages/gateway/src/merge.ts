// The face of what decides the order of sends to all clients. `PriorityMerge` is the product; `FifoMerge` is the order of
// the older server, as a baseline to measure it against.

import type { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import { overrunGapFrame, serverFrameJson, serverFramePacked } from '@tradelane/shared/wire/server-frames'
import type { BoardSet } from './board-set.js'
import type { Session } from './session.js'
import type { HopStamps } from './tail/hop-stamps.js'

export interface Merge {
  add(session: Session): void
  remove(session: Session): void
  /** One bounded turn; the number of things done, 0 when there is nothing to do until something rings. */
  turn(): number
}

export interface MergeOptions {
  readonly log: TradeLogReader
  readonly boards: BoardSet
  readonly stream: string
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  /** Monotonic. */
  readonly nowMs: () => number
  /** Told when trades are picked up and handed over; absent where nobody asks. */
  readonly stamps?: HopStamps
}

/** Whoever composes a gateway says which. */
export type NewMerge = (options: MergeOptions) => Merge

/** The trade log overtook this client: it is told exactly what it missed, and goes on behind that. */
export function tellOverrun(session: Session, from: number, to: number, options: MergeOptions): void {
  const { stream, counters, limitedLog } = options
  const frame = overrunGapFrame(stream, from, to)
  const encoded = session.isPacked ? serverFramePacked(frame) : Buffer.from(serverFrameJson(frame))
  if (!session.sendServerFrame(encoded)) return
  session.cursor = to + 1
  counters.add('tradeOverruns', to - from + 1)
  limitedLog.write('warn', 'a slow client missed trades: the trade log overtook it', session.address, {
    missed: to - from + 1,
    from,
    to,
  })
}
