// The log of a thread whose lines the supervisor writes: each line is posted, none is formatted here.

import type { MessagePort } from 'node:worker_threads'
import type { Log, LogFields, LogLevel } from './log.js'
import type { ThreadToSupervisor } from './thread-messages.js'

export class PortLog implements Log {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    this.#port = port
  }

  debug(message: string, fields?: LogFields): void {
    this.#post('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#post('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#post('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#post('error', message, fields)
  }

  #post(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#port.postMessage({ type: 'log', level, message, fields } satisfies ThreadToSupervisor)
  }
}
