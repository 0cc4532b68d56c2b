// What waking an idle thread costs: 3,000 book frames a second go from a socket to an L2 worker that parks as soon as it has no
// work, or to one that first waits a millisecond unparked (`runner.ts`), in turns. Prints the processor time of each thread and
// how long frames wait. Linux only.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { createDepthRing } from '@tradelane/shared/lanes/depth-ring'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { binanceDelta } from '../example-market.js'
import { spreadOf } from '../results/statistics.js'
import type { IdleTask, ThreadUsage } from './idle-worker.js'

const FRAMES_PER_S = 3_000
const FRAME = binanceDelta(20, 100)
const RING_BYTES = 1 << 22
/** The sender looks this often whether a frame is due. */
const SEND_MS = 0.2
/** How long the parser waits before it parks. */
const WAITS_MS = [0, 1] as const
type WaitMs = (typeof WAITS_MS)[number]
const isQuick = process.argv.includes('--quick')
const [ROUNDS, SECONDS] = isQuick ? [1, 1] : [5, 3]

interface Round {
  readonly reader: ThreadUsage
  readonly parser: ThreadUsage
}

if (process.platform === 'linux') {
  const rounds: Record<WaitMs, Round[]> = { 0: [], 1: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const waitMs of round % 2 === 0 ? WAITS_MS : WAITS_MS.toReversed()) rounds[waitMs].push(await measure(waitMs))
  }
  print(rounds)
}

async function measure(waitMs: WaitMs): Promise<Round> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const control = createControlBlock(1)
  const ring = createDepthRing({ bytes: RING_BYTES, instrumentCount: 1 })
  const task = { control, ring, port, frameBytes: FRAME.length, waitMs }
  const parser = usageOf({ ...task, role: 'parser' })
  const connected = once(server, 'connection')
  const reader = usageOf({ ...task, role: 'reader' })
  const [socket] = await connected
  const timer = new Int32Array(new SharedArrayBuffer(4))
  const startMs = performance.now()
  for (let sentCount = 0, dueCount = 0; dueCount < FRAMES_PER_S * SECONDS; ) {
    dueCount = Math.floor(((performance.now() - startMs) / 1_000) * FRAMES_PER_S)
    for (; sentCount < dueCount; sentCount += 1) socket.write(FRAME)
    await new Promise(setImmediate)
    Atomics.wait(timer, 0, 0, SEND_MS)
  }
  socket.end()
  const readerUsage = await reader
  new ThreadCell(control, 0).requestStop()
  server.close()
  return { reader: readerUsage, parser: await parser }
}

async function usageOf(task: IdleTask): Promise<ThreadUsage> {
  const worker = new Worker(new URL('./idle-worker.js', import.meta.url), { workerData: task })
  const [usage] = await once(worker, 'message')
  return usage as ThreadUsage
}

function print(rounds: Readonly<Record<WaitMs, readonly Round[]>>): void {
  process.stdout.write('wait    reader µs/frame   parser µs/frame   parser put on a CPU per frame   frame waits µs\n')
  for (const waitMs of WAITS_MS) {
    const medianOf = (figure: (round: Round) => number): string =>
      (spreadOf(rounds[waitMs].map(figure))?.median ?? 0).toFixed(2)
    const reader = medianOf(({ reader: { cpuUs, frameCount } }) => cpuUs / frameCount)
    const parser = medianOf(({ parser: { cpuUs, frameCount } }) => cpuUs / frameCount)
    const slices = medianOf(({ parser: { sliceCount, frameCount } }) => sliceCount / frameCount)
    const delay = medianOf(({ parser: { delayUsP50 } }) => delayUsP50)
    process.stdout.write(
      `${waitMs} ms ${reader.padStart(18)} ${parser.padStart(17)} ${slices.padStart(31)} ${delay.padStart(16)}\n`,
    )
  }
}
