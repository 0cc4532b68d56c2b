// The logging interface of every thread. Threads post `log` messages to the supervisor, which owns the one pino instance: no
// thread of the data path formats or writes a line. `RateLimitedLog` writes a recurring fact once per interval, with the
// number of times it was suppressed, because a venue or a client must not be able to flood the log.

import assert from 'node:assert/strict'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export const LOG_INTERVAL_MS = 10_000

/** Writes each `message` at most once per `intervalMs` and subject; `repeats` counts the suppressed lines since. */
export class RateLimitedLog {
  readonly #log: Log
  readonly #intervalMs: number
  readonly #nowMs: () => number
  readonly #states = new Map<string, { writtenMs: number; repeats: number }>()

  constructor(log: Log, options: { intervalMs?: number; nowMs?: () => number } = {}) {
    this.#log = log
    this.#intervalMs = options.intervalMs ?? LOG_INTERVAL_MS
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  write(level: LogLevel, message: string, subject: string, fields: LogFields = {}): void {
    const key = `${message}\u0000${subject}`
    const nowMs = this.#nowMs()
    const state = this.#states.get(key)
    assert(state === undefined || nowMs >= state.writtenMs, 'time never goes back')
    if (state !== undefined && nowMs - state.writtenMs < this.#intervalMs) {
      state.repeats += 1
      return
    }
    if (this.#states.size >= SUBJECTS_MAX) this.#states.clear()
    this.#states.set(key, { writtenMs: nowMs, repeats: 0 })
    this.#log[level](message, { subject, ...(state?.repeats ? { repeats: state.repeats } : {}), ...fields })
  }
}

/** Hostile input can invent subjects. Beyond this all are forgotten, which costs some extra lines, but no memory. */
const SUBJECTS_MAX = 4_096
