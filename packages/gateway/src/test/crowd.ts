// Many clients in a thread of their own, which only count: so that a test can load a gateway without loading itself. The same
// file is the thread and the handle on it.

import { once } from 'node:events'
import { setPriority } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { RawClient } from './raw-client.js'

interface CrowdStart {
  readonly port: number
  readonly clientCount: number
}

export class Crowd {
  readonly #worker: Worker
  /** Frames of each client, in shared memory: the crowd's thread may be busier than its messages are quick. */
  readonly #frameCounts: Int32Array

  private constructor(port: number, clientCount: number) {
    this.#frameCounts = new Int32Array(new SharedArrayBuffer(clientCount * 4))
    const start: CrowdStart & { frameCounts: Int32Array } = { port, clientCount, frameCounts: this.#frameCounts }
    this.#worker = new Worker(new URL(import.meta.url), { workerData: start })
  }

  /** Resolves when all are connected. */
  static async join(port: number, clientCount: number): Promise<Crowd> {
    const crowd = new Crowd(port, clientCount)
    await once(crowd.#worker, 'message')
    crowd.#worker.unref()
    return crowd
  }

  /** What the client with the fewest frames has got. */
  get framesMin(): number {
    return Math.min(...this.#frameCounts)
  }

  async leave(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** Below everybody else: clients are no part of what is measured, and on a machine with few cores they would be most of it. */
const CROWD_NICE = 10

function run({ port, clientCount, frameCounts }: CrowdStart & { frameCounts: Int32Array }): void {
  // On Linux the calling thread's alone; elsewhere it would be the whole process's.
  if (process.platform === 'linux') setPriority(0, CROWD_NICE)
  let openCount = 0
  const onOpen = (): void => {
    openCount += 1
    if (openCount === clientCount) parentPort?.postMessage('all are connected')
  }
  for (let index = 0; index < clientCount; index += 1) {
    const onText = (): void => {
      frameCounts[index]! += 1
    }
    new RawClient(port, { onOpen, onText })
  }
}

if (!isMainThread && (workerData as CrowdStart | null)?.clientCount !== undefined) {
  run(workerData as CrowdStart & { frameCounts: Int32Array })
}
