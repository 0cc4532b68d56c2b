// Runs command lines of the program one after another in one thread, for tests to which the process does not matter.

import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { main } from '../main.js'

export interface CommandLineResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface CommandLine {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const IN_THREAD = 'command lines'

export class CommandLines {
  readonly #worker = new Worker(fileURLToPath(import.meta.url), { workerData: IN_THREAD, env: {} })

  /** One at a time. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandLineResult> {
    this.#worker.postMessage({ args, env } satisfies CommandLine)
    // Rejects when the thread has ended by an error.
    const [result] = await once(this.#worker, 'message')
    return result as CommandLineResult
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

if (!isMainThread && workerData === IN_THREAD) {
  const printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].setMaxListeners(0).write = text => {
      printed[stream] += String(text)
      return true
    }
  }
  parentPort?.on('message', async ({ args, env }: CommandLine) => {
    for (const name of Object.keys(process.env)) delete process.env[name]
    Object.assign(process.env, env)
    Object.assign(printed, { stdout: '', stderr: '' })
    const code = await main(args)
    parentPort?.postMessage({ code, ...printed } satisfies CommandLineResult)
  })
}
