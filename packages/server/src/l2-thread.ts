// Starts an L2 worker: one endless task in a Piscina pool of its own, so that a bad start of one shard never blocks another.
// What Piscina does to endless tasks, and what follows: exactly one `run` per pool; a pool is never used again after its
// task ended; an `error` event needs a listener; a thread that hangs while loading leaves `run` pending for ever, so the
// supervisor's start-up limit ends it through `terminate`; `close` would wait for ever, so only `destroy` is used, and once:
// a second call does not wait for the thread, and lets the pool start another that nobody ends.

import { fileURLToPath } from 'node:url'
import { MessageChannel } from 'node:worker_threads'
import type { L2Task, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { Piscina } from 'piscina'
import { HEAP_LIMITS } from './heap-limits.js'
import type { Launch } from './launched-thread.js'

export function l2Launch(
  task: Omit<L2Task, 'supervisorPort'>,
  filename: string = fileURLToPath(import.meta.resolve('@tradelane/l2-worker/worker')),
): Launch {
  return onMessage => {
    const pool = new Piscina({
      filename,
      minThreads: 1,
      maxThreads: 1,
      resourceLimits: HEAP_LIMITS,
    })
    pool.on('error', () => {
      // It also rejects the task, where it is dealt with.
    })
    let destroyed: Promise<void> | undefined
    const destroy = (): Promise<void> => {
      destroyed ??= pool.destroy()
      return destroyed
    }
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (message: ThreadToSupervisor) => onMessage(message))
    const exited = pool
      .run({ ...task, supervisorPort: port2 } satisfies L2Task, { transferList: [port2] })
      .then(
        () => null,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      )
      .then(async failure => {
        await destroy()
        port1.close()
        return failure
      })
    return {
      exited,
      post: () => {
        // A blocked thread hears its stop flag only; nothing is ever sent to it.
      },
      terminate: () => void destroy(),
    }
  }
}
