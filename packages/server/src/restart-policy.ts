// When a thread that exited starts again: after a backoff that doubles, and falls back once a thread has run for a while. Too
// many starts in a row that never ran are a crash loop: the process cannot do its work, and ends.

import assert from 'node:assert/strict'

export const RESTART_MS_MIN = 100
export const RESTART_MS_MAX = 5_000
/** A thread that ran this long resets the backoff. */
export const CALM_MS = 1_000
export const FAILED_STARTS_MAX = 10

export class RestartPolicy {
  #backoffMs = RESTART_MS_MIN
  #failedStarts = 0

  /** The thread has exited; `runningMs` is when it began to run, or null. */
  onExit(runningMs: number | null, nowMs: number): { readonly delayMs: number } | 'crash-loop' {
    assert(runningMs === null || runningMs <= nowMs, 'a thread runs before it exits')
    assert(this.#failedStarts < FAILED_STARTS_MAX, 'no thread starts after a crash loop')
    this.#failedStarts = runningMs === null ? this.#failedStarts + 1 : 0
    if (this.#failedStarts === FAILED_STARTS_MAX) return 'crash-loop'
    if (runningMs !== null && nowMs - runningMs >= CALM_MS) this.#backoffMs = RESTART_MS_MIN
    const delayMs = this.#backoffMs
    this.#backoffMs = Math.min(RESTART_MS_MAX, this.#backoffMs * 2)
    assert(delayMs >= RESTART_MS_MIN && delayMs <= RESTART_MS_MAX, 'a backoff is within its limits')
    return { delayMs }
  }
}
