// Builds ingest's agent in its thread, connected to the supervisor and to the venues. Used by ingest's own thread and by one
// that several agents share.

import type { MessagePort } from 'node:worker_threads'
import { Clock } from '@tradelane/shared/thread/clock'
import { PortLog } from '@tradelane/shared/thread/port-log'
import type { IngestStart, SupervisorToIngest } from '@tradelane/shared/thread/thread-messages'
import { FrameRecorder } from './connection/frame-recorder.js'
import { IngestAgent } from './ingest-agent.js'

export function startIngest(start: IngestStart, supervisor: MessagePort): IngestAgent {
  const recorder = start.isRecording ? new FrameRecorder(supervisor, new Clock(start.clock)) : undefined
  const agent = new IngestAgent(start, new PortLog(supervisor), recorder)
  supervisor.on('message', (message: SupervisorToIngest) => agent.accept(message))
  agent.open()
  return agent
}
