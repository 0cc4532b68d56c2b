// The probe of one run, a process of its own: receives one request, connects, measures, answers with the result and exits.

import type { ProbeMessage, ProbeRequest } from './probe-messages.js'
import { runProbeSession } from './probe-session.js'

process.once('message', (request: ProbeRequest) => {
  runProbeSession(request, send)
    .then(
      result => send({ type: 'result', result }),
      error => send({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect())
})
// Ctrl-C reaches the whole process group, but the runner decides when the probe ends.
process.on('SIGINT', () => {})
process.once('disconnect', () => setImmediate(() => process.exit()))
send({ type: 'ready' })

function send(message: ProbeMessage): void {
  process.send?.(message)
}
