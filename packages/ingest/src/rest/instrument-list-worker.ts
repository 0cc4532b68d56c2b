// Parses pages of lists of instruments in the thread of `PooledInstrumentListReader`, which yields to every lane.

import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import type { InstrumentListPage, InstrumentListPageTask } from './instrument-list-page.js'

const NICE = 10

// No log reaches this thread: where the system refuses, pages are parsed at the priority of the lanes.
setNiceness(NICE, { warn: () => {} })

/** @public called by Piscina */
export default async function parse(task: InstrumentListPageTask): Promise<InstrumentListPage> {
  // Loaded at the lower priority: every venue comes with it.
  const { readInstrumentListPage } = await import('./instrument-list-page.js')
  return readInstrumentListPage(task)
}
