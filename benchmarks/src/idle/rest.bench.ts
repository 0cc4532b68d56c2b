// What the rest of a blocking thread after work (`runner.ts`) is worth: 3,000 book frames a second from a socket to an L2
// worker, with and without, in turns. Processor time of each thread, and what the frames wait for it.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { createDepthRing } from '@tradelane/shared/lanes/depth-ring'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { binanceDelta } from '../example-frames.js'
import { spreadOf } from '../results/statistics.js'
import type { RestStart, ThreadUse } from './rest-threads.js'

const FRAMES_PER_S = 3_000
const isQuick = process.argv.includes('--quick')
const [ROUNDS, SECONDS] = isQuick ? [1, 1] : [5, 3]
const FRAME = binanceDelta(20, 100)

interface Round {
  readonly reader: ThreadUse
  readonly parser: ThreadUse
}

const rounds: Record<'0' | '1', Round[]> = { 0: [], 1: [] }
if (process.platform === 'linux') {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const restMs of round % 2 === 0 ? (['0', '1'] as const) : (['1', '0'] as const)) {
      rounds[restMs].push(await run(Number(restMs)))
    }
  }
  print()
}

async function run(restMs: number): Promise<Round> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const control = createControlBlock(1)
  const ring = createDepthRing({ bytes: 1 << 22, instrumentCount: 1 })
  const shared = { control, ring, port, frameBytes: FRAME.length, restMs }
  const parser = launch({ ...shared, role: 'parser' })
  const connected = once(server, 'connection')
  const reader = launch({ ...shared, role: 'reader' })
  const [socket] = await connected
  const pace = new Int32Array(new SharedArrayBuffer(4))
  const startMs = performance.now()
  for (let sentCount = 0, dueCount = 0; dueCount < FRAMES_PER_S * SECONDS; ) {
    dueCount = Math.floor(((performance.now() - startMs) / 1_000) * FRAMES_PER_S)
    for (; sentCount < dueCount; sentCount += 1) socket.write(FRAME)
    await new Promise(setImmediate)
    Atomics.wait(pace, 0, 0, 0.2)
  }
  socket.end()
  const readerUse = await reader
  new ThreadCell(control, 0).requestStop()
  server.close()
  return { reader: readerUse, parser: await parser }
}

async function launch(start: RestStart): Promise<ThreadUse> {
  const worker = new Worker(new URL('./rest-threads.js', import.meta.url), { workerData: start })
  const [use] = await once(worker, 'message')
  return use as ThreadUse
}

function print(): void {
  process.stdout.write('rest    reader µs/frame   parser µs/frame   parser put on a CPU per frame   frame waits µs\n')
  for (const restMs of ['0', '1'] as const) {
    const of = (figure: (round: Round) => number): string =>
      (spreadOf(rounds[restMs].map(figure))?.median ?? 0).toFixed(2)
    const reader = of(({ reader: { cpuUs, frameCount } }) => cpuUs / frameCount)
    const parser = of(({ parser: { cpuUs, frameCount } }) => cpuUs / frameCount)
    const slices = of(({ parser: { sliceCount, frameCount } }) => sliceCount / frameCount)
    const waits = of(({ parser: { waitedUs } }) => waitedUs)
    process.stdout.write(
      `${restMs} ms ${reader.padStart(18)} ${parser.padStart(17)} ${slices.padStart(31)} ${waits.padStart(16)}\n`,
    )
  }
}
