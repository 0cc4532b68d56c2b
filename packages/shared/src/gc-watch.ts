// Notes every garbage collection of its thread in the thread's flight ring. Node tells them some milliseconds later.

import { constants, PerformanceObserver } from 'node:perf_hooks'
import { monotonicUsAt } from './clock.js'
import { Activity, type FlightRecorder } from './flight-recorder.js'

/** Until the thread ends. */
export function watchGc(flights: FlightRecorder): void {
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration, detail } of list.getEntries()) {
      const { kind } = detail as { readonly kind: number }
      const isScavenge = kind === constants.NODE_PERFORMANCE_GC_MINOR
      const startUs = monotonicUsAt(startTime)
      flights.note(isScavenge ? Activity.scavenge : Activity.majorGc, startUs, startUs + duration * 1_000, 1)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}
