// Follows a venue's list of instruments: reads it at the start, soon again while something is missing, and now and then to learn of
// halts and changes. What it finds goes to the session of the product. A list that fails is requested again after growing pauses.

import assert from 'node:assert/strict'
import type { Instrument } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { ListedInstrument } from '@tradelane/venues/rest-protocol'
import type { Product } from '@tradelane/venues/venue'
import { Backoff } from '../connection/backoff.js'
import { reportVenueChange } from '../host/venue-change.js'
import type { IngestContext } from '../ingest-context.js'
import {
  LIST_AWAITING_MS,
  LIST_GRACE_MS,
  LIST_REFRESH_MS,
  LIST_RETRY_MS_MAX,
  LIST_RETRY_MS_MIN,
  LIST_SPREAD_SHARE,
  LIST_UNLISTED_MS,
} from '../limits.js'
import { type RestClient, RestError } from '../rest/rest-client.js'
import { fetchListing, type Listing } from './instrument-list.js'

/** What the venue's list says of an instrument. */
export type InstrumentState = 'trading' | 'not-trading' | 'not-listed'

export interface ListedState {
  readonly instrument: Instrument
  readonly state: InstrumentState
  /** Where it is listed. */
  readonly listed: ListedInstrument | undefined
}

export interface ListFollowerOptions {
  readonly product: Product
  readonly instruments: readonly Instrument[]
  readonly rest: RestClient
  /** For tests; otherwise by what is missing. */
  readonly refreshMs?: number | undefined
  readonly onList: (states: readonly ListedState[]) => void
  /** Once, when the first list is late or could not be read. */
  readonly onLate: () => void
}

export class ListFollower {
  readonly #context: IngestContext
  readonly #options: ListFollowerOptions
  readonly #symbols: ReadonlySet<string>
  readonly #states = new Map<Instrument, InstrumentState>()
  /** Listed before, and not in the last list. */
  readonly #vanished = new Set<Instrument>()
  readonly #backoff: Backoff
  #timer: Timer | undefined
  #graceTimer: Timer | undefined
  #isReading = false
  #isClosed = false

  constructor(context: IngestContext, options: ListFollowerOptions) {
    this.#context = context
    this.#options = options
    this.#symbols = new Set(options.instruments.map(({ symbol }) => symbol))
    this.#backoff = new Backoff(context.environment.random, LIST_RETRY_MS_MIN)
  }

  /** Resolves after the first answer; never rejects. */
  async start(): Promise<void> {
    this.#graceTimer = this.#context.environment.timers.setTimeout(() => this.#late(), LIST_GRACE_MS)
    await this.#read()
  }

  close(): void {
    this.#isClosed = true
    const { timers } = this.#context.environment
    for (const timer of [this.#timer, this.#graceTimer]) timers.clear(timer)
  }

  async #read(): Promise<void> {
    assert(!this.#isReading, 'one list is read at a time')
    this.#isReading = true
    const { product, rest } = this.#options
    const answer = await fetchListing(this.#context, product, this.#symbols, rest).catch(asError)
    this.#isReading = false
    if (this.#isClosed) return
    if (answer instanceof Error) this.#failed(answer)
    else this.#took(answer)
  }

  #took(listing: Listing): void {
    this.#backoff.reset()
    this.#context.environment.timers.clear(this.#graceTimer)
    const states = this.#options.instruments.map(instrument => this.#judge(instrument, listing))
    this.#readIn(this.#intervalMs())
    this.#options.onList(states)
  }

  #failed(error: Error): void {
    const { limitedLog } = this.#context
    const { kind = 'failed', retryMs = 0 } = error instanceof RestError ? error : {}
    // What its host withholds was not requested: that is no reason for a longer pause.
    const waitMs = kind === 'withheld' ? Math.ceil(retryMs) : Math.max(retryMs, this.#backoff.nextMs(LIST_RETRY_MS_MAX))
    limitedLog.write('warn', 'instrument list could not be read, it is requested again', this.#options.product.id, {
      reason: error.message,
      waitMs: Math.round(waitMs),
    })
    this.#readIn(waitMs)
    this.#withoutList()
  }

  #late(): void {
    this.#context.limitedLog.write('warn', 'instrument list is late, it is waited for', this.#options.product.id)
    this.#withoutList()
  }

  /** Once. */
  #withoutList(): void {
    if (this.#graceTimer === undefined) return
    this.#context.environment.timers.clear(this.#graceTimer)
    this.#graceTimer = undefined
    if (this.#states.size === 0) this.#options.onLate()
  }

  #judge(instrument: Instrument, { bySymbol, examples }: Listing): ListedState {
    const listed = bySymbol.get(instrument.symbol)
    const last = this.#states.get(instrument)
    const state = listed === undefined ? this.#stateOfAbsent(instrument, last) : stateOf(listed)
    if (listed !== undefined) this.#vanished.delete(instrument)
    this.#states.set(instrument, state)
    if (state !== last) this.#report(instrument, state, last, examples)
    return { instrument, state, listed }
  }

  /** A list may lack what the venue still trades: that it is delisted is believed when the next list says so too. */
  #stateOfAbsent(instrument: Instrument, last: InstrumentState | undefined): InstrumentState {
    if (last === undefined || last === 'not-listed' || this.#vanished.delete(instrument)) return 'not-listed'
    this.#vanished.add(instrument)
    return last
  }

  #report(
    { symbol }: Instrument,
    state: InstrumentState,
    last: InstrumentState | undefined,
    examples: readonly string[],
  ): void {
    const { limitedLog } = this.#context
    const subject = `${this.#options.product.id} ${symbol}`
    if (last !== undefined) reportVenueChange(this.#context, subject, `its list says ${state}, before ${last}`)
    if (state === 'not-listed') {
      const accepted = `a symbol that the venue lists${examples.length === 0 ? '' : `, such as ${examples.join(', ')}`}`
      limitedLog.write('warn', 'instrument not listed, awaited', subject, { accepted })
    } else if (state === 'not-trading') limitedLog.write('warn', 'instrument not trading, awaited', subject)
    else if (last !== undefined) limitedLog.write('info', 'instrument trades', subject)
  }

  #intervalMs(): number {
    const { refreshMs } = this.#options
    if (refreshMs !== undefined) return refreshMs
    const states = [...this.#states.values()]
    const isAwaiting = this.#vanished.size > 0 || states.includes('not-trading')
    const idleMs = states.includes('not-listed') ? LIST_UNLISTED_MS : LIST_REFRESH_MS
    const ms = isAwaiting ? LIST_AWAITING_MS : idleMs
    return ms * (1 - LIST_SPREAD_SHARE * this.#context.environment.random())
  }

  #readIn(ms: number): void {
    const { timers } = this.#context.environment
    timers.clear(this.#timer)
    this.#timer = timers.setTimeout(() => void this.#read(), ms)
  }
}

function stateOf({ isTrading }: ListedInstrument): InstrumentState {
  return isTrading ? 'trading' : 'not-trading'
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
