// The ingest thread, started by the supervisor.

import { parentPort, workerData } from 'node:worker_threads'
import { ThreadCell, ThreadState } from '@tradelane/shared/parking'
import { PortLog } from '@tradelane/shared/port-log'
import { runEvented } from '@tradelane/shared/runner'
import type { IngestStart, SupervisorToIngest, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { FrameRecorder } from './frame-recorder.js'
import { IngestAgent } from './ingest-agent.js'

const start = workerData as IngestStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const recorder = start.isRecording ? new FrameRecorder(supervisor) : undefined
const agent = new IngestAgent(start, new PortLog(supervisor), recorder)
const cell = new ThreadCell(start.control, start.threadIndex)
supervisor.on('message', (message: SupervisorToIngest) => agent.accept(message))
agent.open()
// The venues' sockets may take a second to close; nothing waits for them.
runEvented([agent], cell, {
  onStopped: () => {
    recorder?.flush()
    process.exit(0)
  },
})
cell.setState(ThreadState.running)
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
