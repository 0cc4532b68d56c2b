// The two threads of `rest.bench.ts`: one takes frames from a socket as ingest does and offers each chunk to a depth ring, the
// other parses them as an L2 worker does. Each tells what it used when it ends.

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { DepthRecordKind, DepthRingConsumer, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import type { InstrumentId } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runBlocking } from '@tradelane/shared/thread/runner'

export interface RestStart {
  readonly role: 'reader' | 'parser'
  readonly control: SharedArrayBuffer
  readonly ring: SharedArrayBuffer
  readonly port: number
  readonly frameBytes: number
  readonly restMs: number
}

export interface ThreadUse {
  readonly cpuUs: number
  /** Times that the scheduler put it on a CPU. */
  readonly sliceCount: number
  readonly frameCount: number
  /** Median from read to parsed. */
  readonly waitedUs: number
}

const FRAMES_PER_TURN_MAX = 256
const start = workerData as RestStart
const waitsUs: number[] = []
let frameCount = 0
const before = schedule()

if (start.role === 'parser') parse()
else read()

function parse(): void {
  const ring = new DepthRingConsumer(start.ring)
  const parser: Agent = {
    doWork(): number {
      let count = 0
      for (; count < FRAMES_PER_TURN_MAX && ring.read(); count += 1) {
        JSON.parse(ring.record.frame.toString('latin1'))
        waitsUs.push(monotonicUs() - ring.record.receivedUs)
      }
      frameCount += count
      return count
    },
    msToNextDeadline: () => Number.POSITIVE_INFINITY,
    close: tell,
  }
  runBlocking([parser], new ThreadCell(start.control, 0), { restMs: start.restMs })
}

function read(): void {
  const ring = new DepthRingProducer(start.ring, new ThreadCell(start.control, 0))
  let rest = Buffer.alloc(0)
  connect(start.port)
    .on('data', chunk => {
      const readUs = monotonicUs()
      rest = Buffer.concat([rest, chunk])
      for (; rest.length >= start.frameBytes; rest = rest.subarray(start.frameBytes)) {
        ring.offer(DepthRecordKind.stream, 0 as InstrumentId, readUs, rest.subarray(0, start.frameBytes))
        frameCount += 1
      }
      ring.ring()
    })
    .on('close', tell)
}

function tell(): void {
  const after = schedule()
  waitsUs.sort((one, other) => one - other)
  parentPort?.postMessage({
    cpuUs: (after.ns - before.ns) / 1_000,
    sliceCount: after.slices - before.slices,
    frameCount,
    waitedUs: waitsUs[waitsUs.length >> 1] ?? 0,
  } satisfies ThreadUse)
}

/** Of this thread alone; Linux only. */
function schedule(): { ns: number; slices: number } {
  const [ns = 0, , slices = 0] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ').map(Number)
  return { ns, slices }
}
