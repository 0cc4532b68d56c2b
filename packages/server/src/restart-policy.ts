// When a dead thread is started again: after a backoff that doubles and is forgotten once a thread ran for a while. Starts in
// a row that never ran are a crash loop: the process cannot do its work and says so by ending.

export const RESTART_MS_MIN = 100
export const RESTART_MS_MAX = 5_000
export const CALM_MS = 1_000
export const FAILED_STARTS_MAX = 10

export class RestartPolicy {
  #backoffMs = RESTART_MS_MIN
  #failedStarts = 0

  /** The thread is gone; `runningMs` is when it began to run, or null. */
  exited(runningMs: number | null, nowMs: number): { readonly restartInMs: number } | 'crash-loop' {
    this.#failedStarts = runningMs === null ? this.#failedStarts + 1 : 0
    if (this.#failedStarts >= FAILED_STARTS_MAX) return 'crash-loop'
    if (runningMs !== null && nowMs - runningMs >= CALM_MS) this.#backoffMs = RESTART_MS_MIN
    const restartInMs = this.#backoffMs
    this.#backoffMs = Math.min(RESTART_MS_MAX, this.#backoffMs * 2)
    return { restartInMs }
  }
}
