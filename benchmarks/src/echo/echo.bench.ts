// Prints what the machine alone takes for a message to another process and back, by the pause before it. After 10 ms a message
// is slower than one sent at once: the processor was asleep, or others have used the caches. A trade in `normal` takes as long
// twice, simulator → server → probe, and is handed from thread to thread within the server.

import { measureEcho } from './echo.js'

const PAUSES_MS = [0, 1, 10]
const DURATION_MS = process.argv.includes('--quick') ? 1_000 : 5_000

process.stdout.write('pause between messages       round trip, µs: p50      p99    p99.9\n')
for (const pauseMs of PAUSES_MS) {
  const latency = await measureEcho(pauseMs, DURATION_MS)
  const [p50, p99, p999] = [50, 99, 99.9].map(percentile => latency.usAt(percentile))
  process.stdout.write(
    `${`${pauseMs} ms`.padEnd(22)} ${String(p50).padStart(27)} ${String(p99).padStart(8)} ${String(p999).padStart(8)}\n`,
  )
}
