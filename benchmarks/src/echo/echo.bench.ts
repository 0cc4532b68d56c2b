// A trade in `normal` makes two such ways, simulator → server → probe, and is handed on within the server besides. Processors
// that went to sleep, or caches that others have used, are what makes a message after 10 ms slower than one in a stream.

import { measureEcho } from './echo.js'

const PAUSES_MS = [0, 1, 10]
const DURATION_MS = process.argv.includes('--quick') ? 1_000 : 5_000

process.stdout.write('pause between messages   there and back, µs: p50      p99    p99.9\n')
for (const pauseMs of PAUSES_MS) {
  const latency = await measureEcho(pauseMs, DURATION_MS)
  const [p50, p99, p999] = [50, 99, 99.9].map(percentile => latency.usAt(percentile))
  process.stdout.write(
    `${`${pauseMs} ms`.padEnd(22)} ${String(p50).padStart(27)} ${String(p99).padStart(8)} ${String(p999).padStart(8)}\n`,
  )
}
