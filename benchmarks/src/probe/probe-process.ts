// The probe of one run, a process of its own: receives one request, connects, measures, judges, answers, ends.

import type { ProbeMessage, ProbeRequest } from './probe-messages.js'
import { runProbeSession } from './probe-session.js'

process.once('message', (request: ProbeRequest) => {
  const tell = (message: ProbeMessage): void => void process.send?.(message)
  runProbeSession(request, tell)
    .then(
      result => tell({ type: 'result', result }),
      error => tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect())
})
// Ctrl-C reaches the whole process group: the runner decides, and without it nothing is left to do.
process.on('SIGINT', () => {})
process.once('disconnect', () => setImmediate(() => process.exit()))
process.send?.({ type: 'ready' })
