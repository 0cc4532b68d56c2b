// Starts ingest, gateways and threads with several agents: plain worker threads.

import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import type { Launch } from './launched-thread.js'

export function workerLaunch(entry: string, start: { readonly role: string }, resourceLimits: ResourceLimits): Launch {
  const filename = new URL(import.meta.resolve(entry))
  return onMessage => {
    const worker = new Worker(filename, { resourceLimits, workerData: start, name: start.role })
    let failure: Error | null = null
    worker.on('message', (message: ThreadToSupervisor) => onMessage(message))
    worker.on('error', (error: Error) => {
      failure = error
    })
    const exited = new Promise<Error | null>(resolve => {
      worker.once('exit', code => resolve(failure ?? (code === 0 ? null : new Error(`exit code ${code}`))))
    })
    return {
      exited,
      post: message => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    }
  }
}
