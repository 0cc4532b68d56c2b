// Reads one page of a list of instruments in a thread of its own, and ends. It yields to every lane.

import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { type InstrumentListPageTask, readInstrumentListPage } from './instrument-list-page.js'

const NICE = 10

try {
  // On Linux the priority is this thread's alone; elsewhere it would be the process's.
  if (process.platform === 'linux') setPriority(0, NICE)
} catch {
  // A sandbox that forbids it: then the list is read at the priority of the lanes.
}
parentPort?.postMessage(readInstrumentListPage(workerData as InstrumentListPageTask))
