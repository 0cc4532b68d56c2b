// The one pino of the process, in the main thread: readable lines on a terminal, JSON otherwise. It writes to standard error,
// apart from what a command prints for its user, and synchronously, so that no line is lost when the process ends.

import type { Log, LogFields, LogLevel } from '@tradelane/shared/thread/log'
import pino from 'pino'

const STDERR = 2

export async function newProcessLog(level: LogLevel): Promise<Log> {
  const stream = process.stderr.isTTY
    ? (await import('pino-pretty')).default({
        destination: STDERR,
        sync: true,
        ignore: 'pid,hostname',
        translateTime: 'HH:MM:ss.l',
      })
    : pino.destination({ dest: STDERR, sync: true })
  const logger = pino({ level, base: null }, stream)
  const write =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      logger[at](fields, message)
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
