// Many clients in a thread of their own, which only count frames, so that a test can load a gateway without loading itself. The
// same file is the thread and the handle on it.

import { once } from 'node:events'
import { setPriority } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { CountingClient } from './counting-client.js'

interface CrowdStart {
  readonly port: number
  readonly clientCount: number
  readonly isReading: boolean
}

export class Crowd {
  readonly #worker: Worker
  /** Frames of each client, in shared memory: messages would wait while the crowd's thread is busy. */
  readonly #frameCounts: Int32Array

  private constructor(port: number, clientCount: number, isReading: boolean) {
    this.#frameCounts = new Int32Array(new SharedArrayBuffer(clientCount * 4))
    const counts = { frameCounts: this.#frameCounts }
    const start: CrowdStart & { frameCounts: Int32Array } = { port, clientCount, isReading, ...counts }
    this.#worker = new Worker(new URL(import.meta.url), { workerData: start })
  }

  /** Resolves when all are connected. Those that are not `isReading` read only the answer to their handshake. */
  static async join(port: number, clientCount: number, isReading = true): Promise<Crowd> {
    const crowd = new Crowd(port, clientCount, isReading)
    await once(crowd.#worker, 'message')
    crowd.#worker.unref()
    return crowd
  }

  /** Frames of the client with the fewest. */
  get framesMin(): number {
    return Math.min(...this.#frameCounts)
  }

  async leave(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** Below all other threads: clients are not what is measured, and on few cores they would take most of the CPU. */
const CROWD_NICE = 10
const CLIENTS_PER_ADDRESS = 500
/** Under way at once: of more than 1,024 that wait, the gateway cuts some off. */
const HANDSHAKES_MAX = 500

function run({ port, clientCount, isReading, frameCounts }: CrowdStart & { frameCounts: Int32Array }): void {
  // Only Linux has a priority per thread; elsewhere this would lower the whole process.
  if (process.platform === 'linux') setPriority(0, CROWD_NICE)
  let startCount = 0
  let openCount = 0
  const startNext = (): void => {
    if (startCount === clientCount) return
    const index = startCount
    startCount += 1
    new CountingClient(port, {
      from: addressOf(index),
      isReading,
      onOpen,
      onFrame: () => {
        frameCounts[index]! += 1
      },
    })
  }
  const onOpen = (): void => {
    openCount += 1
    if (openCount === clientCount) parentPort?.postMessage('all are connected')
    startNext()
  }
  for (let index = 0; index < HANDSHAKES_MAX; index += 1) startNext()
}

/** One address may only make so many handshakes at once. */
function addressOf(index: number): string {
  return `127.0.0.${1 + Math.floor(index / CLIENTS_PER_ADDRESS)}`
}

if (!isMainThread && (workerData as CrowdStart | null)?.clientCount !== undefined) {
  run(workerData as CrowdStart & { frameCounts: Int32Array })
}
