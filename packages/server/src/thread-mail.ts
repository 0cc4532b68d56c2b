// What the threads post to the supervisor: log lines are written, requests and reports for another thread passed on. That way
// either thread can restart without the other noticing.

import assert from 'node:assert/strict'
import type { Log } from '@tradelane/shared/thread/log'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import type { ThreadSet } from './thread-set.js'
import { runs, type ThreadSpec } from './topology.js'

/** Why the process must end by itself. */
export interface Fatal {
  readonly code: string
  readonly message: string
}

export interface ThreadMailOptions {
  readonly threads: Pick<ThreadSet, 'ingest' | 'admin'>
  readonly log: Log
  /** Of a gateway. */
  readonly onPort: (port: number) => void
  readonly onAdminPort: (port: number) => void
  readonly onFatal: (fatal: Fatal) => void
  readonly onRecorded: ((lines: readonly string[]) => void) | undefined
}

export class ThreadMail {
  readonly #options: ThreadMailOptions

  constructor(options: ThreadMailOptions) {
    this.#options = options
  }

  accept(message: ThreadToSupervisor, from: ThreadSpec): void {
    const { threads, log, onPort, onAdminPort, onFatal, onRecorded } = this.#options
    switch (message.type) {
      case 'log':
        log[message.level](message.message, { thread: from.role, ...message.fields })
        return
      case 'running':
        assert((message.port !== undefined) === runs(from, 'gateway'), 'gateways report their port, and only they')
        if (message.port !== undefined) onPort(message.port)
        return
      case 'admin-listening':
        onAdminPort(message.port)
        return
      case 'recorded':
        assert(onRecorded !== undefined, 'ingest records only for a recorder')
        onRecorded(message.lines)
        return
      case 'fatal':
        assert(!runs(from, 'admin'), 'the process can do without its admin thread')
        onFatal(message)
        return
      case 'late-trades':
        assert(runs(from, 'gateway'), 'only gateways report late trades')
        threads.admin?.post({ ...message, thread: from.index })
        return
      case 'resync':
        assert(runs(from, 'l2'), 'only L2 workers request resyncs')
        threads.ingest?.post(message)
    }
  }
}
