// Launches a thread of the supervisor: a worker thread from its entry file, its start message and its heap limits.

import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { SupervisorToThread, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'

export interface ThreadEntry {
  readonly file: URL
  /** The worker data. */
  readonly start: { readonly role: string }
  readonly heapLimits: ResourceLimits
}

export interface LaunchedThread {
  /** Resolves, never rejects, when the thread has exited; with the error that ended it, if one did. */
  readonly exited: Promise<Error | null>
  /** A thread that blocks between turns (an L2 worker) does not receive it: it only sees its stop flag. */
  post(message: SupervisorToThread): void
  /** Ends it by force, also while it blocks or spins. Never for a gateway: open native handles abort the process. */
  terminate(): void
}

/** Starts a thread on the memory of its predecessor, which has exited. */
export type Launch = (onMessage: (message: ThreadToSupervisor) => void) => LaunchedThread

export function launchThread(
  { file, start, heapLimits }: ThreadEntry,
  onMessage: (message: ThreadToSupervisor) => void,
): LaunchedThread {
  const worker = new Worker(file, { resourceLimits: heapLimits, workerData: start, name: start.role })
  let failure: Error | null = null
  worker.on('message', onMessage)
  worker.on('error', (error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error))
  })
  const exited = new Promise<Error | null>(resolve => {
    worker.once('exit', code => resolve(failure ?? (code === 0 ? null : new Error(`exit code ${code}`))))
  })
  return {
    exited,
    post: message => worker.postMessage(message),
    terminate: () => {
      // A thread that has not begun to run would exit with code 0.
      failure ??= new Error('terminated')
      void worker.terminate()
    },
  }
}
