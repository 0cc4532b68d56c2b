// What ingest takes from outside its thread: time, random numbers, sockets, REST, the log. `start-ingest.ts` makes the real one; with
// another one the whole agent runs in virtual time.

import type { Clock } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import type { Timers } from '@tradelane/shared/thread/timers'
import type { FrameRecorder } from './connection/frame-recorder.js'
import type { OpenSocket } from './connection/socket.js'
import type { Fetch } from './rest/fetch.js'
import type { InstrumentListReader } from './rest/instrument-list-reader.js'

export interface IngestEnvironment {
  readonly clock: Clock
  readonly timers: Timers
  /** Monotonic. */
  readonly nowMs: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  readonly openSocket: OpenSocket
  readonly fetch: Fetch
  readonly lists: Pick<InstrumentListReader, 'read'>
  readonly log: Log
  /** Only in a process that records. */
  readonly recorder: FrameRecorder | undefined
}
