// Bounded rates of attackers.

const TICK_MS = 10
/** A late timer makes up for this much. */
const CATCH_UP_S = 0.1

/** Calls `act` so many times a second until the signal is aborted; less often where the process is late. */
export function atRate(perSecond: number, signal: AbortSignal, act: () => void): void {
  let dueCount = 1
  let lastMs = performance.now()
  const run = (): void => {
    const nowMs = performance.now()
    dueCount = Math.min(dueCount + ((nowMs - lastMs) / 1_000) * perSecond, Math.max(1, perSecond * CATCH_UP_S))
    lastMs = nowMs
    for (; dueCount >= 1 && !signal.aborted; dueCount -= 1) act()
  }
  const timer = setInterval(run, TICK_MS)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  run()
}
