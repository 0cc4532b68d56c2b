// The one pino of the process, in the main thread: readable lines on a terminal, JSON otherwise. Written to standard error,
// so that what a command prints for its user stays apart. Synchronous: a line said is a line written, also before an end.

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
