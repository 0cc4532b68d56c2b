// Parses lists of instruments without a trade waiting for it: they are megabytes at some venues, up to `REST_BYTES_MAX` from a
// hostile one, and would block the trade thread for as long as they are parsed.

import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import { INLINE_LIST_BYTES_MAX, LIST_HEAP_MB_MAX, LIST_PARSE_MS_MAX, LIST_THREAD_IDLE_MS } from '../limits.js'
import { type InstrumentListPage, type InstrumentListPageTask, readInstrumentListPage } from './instrument-list-page.js'

export interface InstrumentListReader {
  /** Rejects when the page is not as documented or exceeds the limits. The body no longer belongs to the caller. */
  read(task: InstrumentListPageTask): Promise<InstrumentListPage>
}

export interface InstrumentListLimits {
  readonly heapMbMax: number
  readonly msMax: number
  readonly idleMs: number
}

// Each product asks for one page at a time: so the pool's queue holds at most one page per product.
const LIMITS = { heapMbMax: LIST_HEAP_MB_MAX, msMax: LIST_PARSE_MS_MAX, idleMs: LIST_THREAD_IDLE_MS }

/** Long pages are parsed one at a time in a thread that starts with the first of them and ends when none follows. */
export class PooledInstrumentListReader implements InstrumentListReader {
  readonly #limits: InstrumentListLimits
  #pool: Promise<Piscina> | undefined

  constructor(limits: InstrumentListLimits = LIMITS) {
    this.#limits = limits
  }

  async read(task: InstrumentListPageTask): Promise<InstrumentListPage> {
    const { body } = task
    if (body.length <= INLINE_LIST_BYTES_MAX) return readInstrumentListPage(task)
    assert(body.length === body.buffer.byteLength, 'a long page is the only view of its memory')
    this.#pool ??= openPool(this.#limits)
    const pool = await this.#pool
    // Piscina never settles the task of a thread that exits while it loads, and does not wait for the exit of one that it
    // terminates: the signal bounds the first; for a moment after it there may be two threads.
    const signal = AbortSignal.timeout(this.#limits.msMax)
    return await pool.run(task, { signal, transferList: [body.buffer as ArrayBuffer] })
  }
}

async function openPool({ heapMbMax, idleMs }: InstrumentListLimits): Promise<Piscina> {
  // Not loaded before the first long page, so that no start pays for it.
  const { Piscina } = await import('piscina')
  const pool = new Piscina({
    filename: fileURLToPath(new URL('./instrument-list-worker.js', import.meta.url)),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  })
  pool.on('error', () => {
    // The error of a thread without a task: without a listener it would end the process. The next page starts a new thread.
  })
  return pool
}
