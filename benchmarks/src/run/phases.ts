// The two windows of a run. A process that has just started compiles its code while it serves, and one that has served for
// a while does not: their figures differ, and a figure of the one says nothing about the other.

/** The phases, in the order of time and of reports. */
export const PHASES = ['early', 'warm'] as const
export type Phase = (typeof PHASES)[number]

export interface PhaseWindow {
  readonly phase: Phase
  /** From when the server serves. */
  readonly fromMs: number
  readonly forMs: number
}

const EARLY_MS = 15_000
const WARM_FROM_MS = 30_000

/** Early: the first fifteen seconds, from the first on. Warm: from the thirtieth on. */
export function earlyAndWarm(warmMs: number): readonly PhaseWindow[] {
  return [
    { phase: 'early', fromMs: 0, forMs: EARLY_MS },
    { phase: 'warm', fromMs: WARM_FROM_MS, forMs: warmMs },
  ]
}

export function endOf(windows: readonly PhaseWindow[]): number {
  return Math.max(...windows.map(({ fromMs, forMs }) => fromMs + forMs))
}

/** A name as it is where nothing is said of the phase: that of the warm figure. */
export function inPhase(phase: Phase, name: string): string {
  return phase === 'warm' ? name : `${phase} ${name}`
}
