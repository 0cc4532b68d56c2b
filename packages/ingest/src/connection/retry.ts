// How long a durable connection waits before it requests the next connection, by how the last one ended.

import { type Feed, StatusReason } from '@tradelane/shared/market/nouns'
import {
  BACKOFF_CALM_MS,
  BACKOFF_MS_MAX,
  OVERLOAD_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MIN,
  TRADE_RETRY_MS_MAX,
} from '../limits.js'
import { Backoff } from './backoff.js'
import type { Connection } from './connection.js'
import type { ConnectionEnd } from './connection-change.js'

type EndedConnection = Pick<Connection, 'isUp' | 'wasOpened' | 'hasData' | 'openedMs'>

export class Retry {
  readonly #feed: Feed
  readonly #backoff: Backoff
  /** The connection in use has been paused: a full ring kept us from reading. */
  #wasPaused = false

  constructor(feed: Feed, random: () => number) {
    this.#feed = feed
    this.#backoff = new Backoff(random)
  }

  paused(): void {
    this.#wasPaused = true
  }

  /** The next connection is one that works, or is tried at once. */
  reset(): void {
    this.#backoff.reset()
  }

  /** To a venue that accepts connections and sends nothing, connections become rarer: this one has to have worked for a while. */
  resetAfter({ isUp, hasData, openedMs }: EndedConnection, reason: StatusReason, nowMs: number): void {
    if (!isUp || nowMs - openedMs <= BACKOFF_CALM_MS) return
    if (hasData || reason === StatusReason.disconnected) this.#backoff.reset()
  }

  /** A successor could not be opened; the connection in use works. */
  msAfterSuccessor(): number {
    return this.#backoff.nextMs()
  }

  /** `isPaused`: the next connection begins paused. */
  msAfter({ wasOpened, hasData }: EndedConnection, { reason, refusal }: ConnectionEnd, isPaused: boolean): number {
    // Venues end connections that are not read. Then the overload was ours, and the books have to be back soon after it.
    const isOverload = this.#wasPaused && hasData
    this.#wasPaused = isPaused
    // The host has its pause, and lets the first in the order of use try after it.
    if (refusal !== undefined) return 0
    const backoff = this.#backoff
    if (reason === StatusReason.refused) return Math.max(REFUSED_RETRY_MS_MIN, backoff.nextMs(REFUSED_RETRY_MS_MAX))
    if (isOverload) return backoff.nextMs(OVERLOAD_RETRY_MS_MAX)
    // The venue refuses TCP connections, or is away.
    const isGone = !wasOpened && this.#feed === 'trade'
    return backoff.nextMs(isGone ? TRADE_RETRY_MS_MAX : BACKOFF_MS_MAX)
  }
}
