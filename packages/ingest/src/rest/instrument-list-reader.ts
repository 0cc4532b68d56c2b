// Reads lists of instruments without a trade waiting for it: megabytes at some venues, and from one that lies as much as
// `REST_BYTES_MAX`, would hold up the trade thread for as long as they are parsed.

import { Worker } from 'node:worker_threads'
import { INLINE_LIST_BYTES_MAX, LIST_HEAP_MB_MAX } from '../limits.js'
import { type InstrumentListPage, type InstrumentListPageTask, readInstrumentListPage } from './instrument-list-page.js'

const ENTRY = new URL('./instrument-list-worker.js', import.meta.url)

export class InstrumentListReader {
  #last: Promise<unknown> = Promise.resolve()

  /** A long page is read in a thread of its own, one page at a time. Rejects when the page is not as documented. */
  async read(task: InstrumentListPageTask): Promise<InstrumentListPage> {
    if (task.body.length <= INLINE_LIST_BYTES_MAX) return readInstrumentListPage(task)
    const page = this.#last.then(() => readApart(task))
    this.#last = page.catch(() => {})
    return await page
  }
}

async function readApart(task: InstrumentListPageTask): Promise<InstrumentListPage> {
  return await new Promise((resolve, reject) => {
    const worker = new Worker(ENTRY, {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: LIST_HEAP_MB_MAX },
    })
    // A list is nothing that a thread would be kept alive for.
    worker.unref()
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`its reader ended with code ${code}`)))
  })
}
