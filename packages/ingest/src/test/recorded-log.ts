// A log that keeps its lines, and a wait that ends with the first true answer. Used by this package's tests.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, type LogFields, type LogLevel, RateLimitedLog } from '@tradelane/shared/thread/log'

export class RecordedLog implements Log {
  readonly lines: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields }[] = []
  readonly limitedLog = new RateLimitedLog(this)

  debug(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', message, fields })
  }

  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', message, fields })
  }

  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', message, fields })
  }

  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', message, fields })
  }

  has(pattern: RegExp): boolean {
    return this.lines.some(({ message, fields }) => pattern.test(`${message} ${JSON.stringify(fields)}`))
  }
}

/** Fails with `what` when it does not come true in time. */
export async function until(what: string, isTrue: () => boolean, msMax = 15_000): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!isTrue()) {
    assert.ok(performance.now() < deadlineMs, `within ${msMax} ms: ${what}`)
    await sleep(5)
  }
}
