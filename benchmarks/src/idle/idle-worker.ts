// The two threads of `idle.bench.ts`: the reader takes frames from a socket as ingest does and offers them to a depth ring, the
// parser parses them as an L2 worker does. Each reports what it used when it ends.

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { Latency } from '@tradelane/probe/latency'
import { DepthRecordKind, DepthRingConsumer, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import type { InstrumentId } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runBlocking } from '@tradelane/shared/thread/runner'

export interface IdleTask {
  readonly role: 'reader' | 'parser'
  readonly control: SharedArrayBuffer
  readonly ring: SharedArrayBuffer
  readonly port: number
  readonly frameBytes: number
  /** How long the parser waits for more work before it parks. */
  readonly waitMs: number
}

export interface ThreadUsage {
  readonly cpuUs: number
  /** How often the scheduler put it on a CPU. */
  readonly sliceCount: number
  readonly frameCount: number
  /** From read to parsed; 0 for the reader. */
  readonly delayUsP50: number
}

const FRAMES_PER_TURN_MAX = 256
const task = workerData as IdleTask
const delays = new Latency()
let frameCount = 0
const before = readSchedule()

if (task.role === 'parser') parse()
else read()

function parse(): void {
  const ring = new DepthRingConsumer(task.ring)
  const parser: Agent = {
    doWork(): number {
      let count = 0
      for (; count < FRAMES_PER_TURN_MAX && ring.read(); count += 1) {
        JSON.parse(ring.record.frame.toString('latin1'))
        delays.record(monotonicUs() - ring.record.receivedUs)
      }
      frameCount += count
      return count
    },
    msToNextDeadline: () => Number.POSITIVE_INFINITY,
    close: report,
  }
  runBlocking([parser], new ThreadCell(task.control, 0), { restMs: task.waitMs })
}

function read(): void {
  const ring = new DepthRingProducer(task.ring, new ThreadCell(task.control, 0))
  let rest = Buffer.alloc(0)
  connect(task.port)
    .on('data', chunk => {
      const readUs = monotonicUs()
      rest = Buffer.concat([rest, chunk])
      for (; rest.length >= task.frameBytes; rest = rest.subarray(task.frameBytes)) {
        ring.offer(DepthRecordKind.stream, 0 as InstrumentId, readUs, rest.subarray(0, task.frameBytes))
        frameCount += 1
      }
      ring.ring()
    })
    .on('close', report)
}

function report(): void {
  const after = readSchedule()
  parentPort?.postMessage({
    cpuUs: (after.ns - before.ns) / 1_000,
    sliceCount: after.sliceCount - before.sliceCount,
    frameCount,
    delayUsP50: delays.usAt(50),
  } satisfies ThreadUsage)
}

/** Of this thread alone; Linux only. */
function readSchedule(): { ns: number; sliceCount: number } {
  const [ns = 0, , sliceCount = 0] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ').map(Number)
  return { ns, sliceCount }
}
