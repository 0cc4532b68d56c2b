// Many clients in a thread of their own, which only count frames, so that a test can load a gateway without loading itself. The
// same file is the thread and the handle on it.

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
  /** Frames of each client, in shared memory: messages would wait while the crowd's thread is busy. */
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

function run({ port, clientCount, frameCounts }: CrowdStart & { frameCounts: Int32Array }): void {
  // Only Linux has a priority per thread; elsewhere this would lower the whole process.
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
    new RawClient(port, { onOpen, onText, from: addressOf(index) })
  }
}

/** One address may only make so many handshakes at once. */
function addressOf(index: number): string {
  return `127.0.0.${1 + Math.floor(index / CLIENTS_PER_ADDRESS)}`
}

if (!isMainThread && (workerData as CrowdStart | null)?.clientCount !== undefined) {
  run(workerData as CrowdStart & { frameCounts: Int32Array })
}
