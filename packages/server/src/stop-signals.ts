// Ctrl-C and SIGTERM. Run through npm a process gets Ctrl-C twice, from the terminal and from npm: signals close together
// are one. A later second one means: at once.

const SAME_SIGNAL_MS = 500

export interface StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<NodeJS.Signals>
  /** Resolves with the second. */
  readonly second: Promise<NodeJS.Signals>
  release(): void
}

export function catchStopSignals(): StopSignals {
  let resolveFirst: (signal: NodeJS.Signals) => void = () => {}
  let resolveSecond: (signal: NodeJS.Signals) => void = () => {}
  const first = new Promise<NodeJS.Signals>(resolve => {
    resolveFirst = resolve
  })
  const second = new Promise<NodeJS.Signals>(resolve => {
    resolveSecond = resolve
  })
  let firstMs = Number.POSITIVE_INFINITY
  const onSignal = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now()
    if (firstMs === Number.POSITIVE_INFINITY) {
      firstMs = nowMs
      resolveFirst(signal)
    } else if (nowMs - firstMs > SAME_SIGNAL_MS) resolveSecond(signal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    first,
    second,
    release: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
