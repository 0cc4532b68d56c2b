// The ingest thread, started by the supervisor.

import { parentPort, workerData } from 'node:worker_threads'
import { FlightRecorder } from '@tradelane/shared/flight-recorder'
import { ThreadCell, ThreadState } from '@tradelane/shared/parking'
import { runEvented } from '@tradelane/shared/runner'
import type { IngestStart, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { tellThreadId, watchThread } from '@tradelane/shared/thread-watch'
import { openIngest } from './opened-ingest.js'

const start = workerData as IngestStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
tellThreadId(cell)
const agent = openIngest(start, supervisor)
watchThread(new FlightRecorder(start.traces, start.threadIndex))
// The venues' sockets may take a second to close; nothing waits for them.
runEvented([agent], cell, { onStopped: () => process.exit(0) })
cell.setState(ThreadState.running)
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
