// How the supervisor sees a thread that was started, whatever started it.

import type { SupervisorToIngest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'

export interface LaunchedThread {
  /** Resolves, never rejects, when the thread is gone; with the error that ended it, if one did. */
  readonly exited: Promise<Error | null>
  post(message: SupervisorToIngest): void
  /** Ends it by force. Never for a gateway: open native handles abort the process. */
  terminate(): void
}

/** Starts the thread anew; its memory is that of the one before. */
export type Launch = (onMessage: (message: ThreadToSupervisor) => void) => LaunchedThread
