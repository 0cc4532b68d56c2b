// Ctrl-C and SIGTERM. Run through npm a process gets Ctrl-C twice, from the terminal and from npm, so signals close together
// count as one. A second signal after that asks to stop at once.

import { deferred } from './deferred.js'

const SAME_SIGNAL_MS = 500

export interface StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<NodeJS.Signals>
  /** Resolves with the second. */
  readonly second: Promise<NodeJS.Signals>
  release(): void
}

export function catchStopSignals(nowMs: () => number = () => performance.now()): StopSignals {
  const first = deferred<NodeJS.Signals>()
  const second = deferred<NodeJS.Signals>()
  let firstMs = Number.POSITIVE_INFINITY
  const onSignal = (signal: NodeJS.Signals): void => {
    const atMs = nowMs()
    if (firstMs === Number.POSITIVE_INFINITY) {
      firstMs = atMs
      first.resolve(signal)
    } else if (atMs - firstMs > SAME_SIGNAL_MS) second.resolve(signal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    first: first.promise,
    second: second.promise,
    release: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
