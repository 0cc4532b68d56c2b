// Ctrl-C and SIGTERM. Run through npm a process gets Ctrl-C twice, from the terminal and from npm, so signals close together
// count as one. A second signal after that asks to stop at once.

import { deferred } from './deferred.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const SAME_SIGNAL_MS = 500

export interface StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<NodeJS.Signals>
  /** Resolves with the second. */
  readonly second: Promise<NodeJS.Signals>
  /**
   * From now on a signal has its usual effect; but after one that was obeyed, while no second one came, it ends the process with
   * its exit code: everything is stopped, and what is left of the process takes a while on a busy machine.
   */
  release(): void
}

export function catchStopSignals(nowMs: () => number = () => performance.now()): StopSignals {
  const first = deferred<NodeJS.Signals>()
  const second = deferred<NodeJS.Signals>()
  let firstMs = Number.POSITIVE_INFINITY
  let isUrgent = false
  const onSignal = (signal: NodeJS.Signals): void => {
    const atMs = nowMs()
    if (firstMs === Number.POSITIVE_INFINITY) {
      firstMs = atMs
      first.resolve(signal)
    } else if (atMs - firstMs > SAME_SIGNAL_MS) {
      isUrgent = true
      second.resolve(signal)
    }
  }
  const onLateSignal = (): void => process.exit()
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    first: first.promise,
    second: second.promise,
    release: () => {
      for (const name of SIGNALS) {
        if (firstMs < Number.POSITIVE_INFINITY && !isUrgent) process.on(name, onLateSignal)
        process.off(name, onSignal)
      }
    },
  }
}
