// Every book emission of one server as the reviewed client got it, by market and sequence, held against the digests of the
// journal afterwards.

import { bookDigest, type TextLevel } from './book-digest.js'

export interface BookTotals {
  /** Emissions seen, repeats of one sequence and text counted once. */
  checked: number
  matched: number
  /** Of the matched: in base currency, where the venue's own sizes are contracts. */
  matchedInBase: number
  /** The journal has another text for this sequence. */
  mismatched: number
  /** The journal has no such sequence. */
  unmatched: number
}

export interface ReceivedBook {
  readonly sequence: number
  readonly bids: readonly TextLevel[]
  readonly asks: readonly TextLevel[]
  /** When it arrived (`process.hrtime` microseconds), and how long after its `time_received`. */
  readonly monotonicUs: number
  readonly ageUs: number
}

export interface BookArrival extends Pick<ReceivedBook, 'sequence' | 'monotonicUs' | 'ageUs'> {
  /** `<product> <symbol>` as the journal writes it. */
  readonly market: string
}

interface Emission extends BookArrival {
  readonly digest: string
  isMatched: boolean
  isInBase: boolean
  isKnown: boolean
}

export class BookLedger {
  readonly #markets = new Map<string, Map<number, Emission[]>>()

  receive(market: string, { sequence, bids, asks, monotonicUs, ageUs }: ReceivedBook): void {
    const emissions = this.#at(market, sequence)
    const digest = bookDigest(bids, asks)
    if (emissions.some(emission => emission.digest === digest)) return
    const arrival = { market, sequence, monotonicUs, ageUs }
    emissions.push({ ...arrival, digest, isMatched: false, isInBase: false, isKnown: false })
  }

  meetJournal(market: string, sequence: number, digest: string, baseDigest: string | undefined): void {
    for (const emission of this.#markets.get(market)?.get(sequence) ?? []) {
      emission.isKnown = true
      if (emission.digest === digest) emission.isMatched = true
      else if (emission.digest === baseDigest) emission.isMatched = emission.isInBase = true
    }
  }

  /** Once the whole journal was met. */
  totals(): BookTotals {
    const totals = { checked: 0, matched: 0, matchedInBase: 0, mismatched: 0, unmatched: 0 }
    for (const { isMatched, isInBase, isKnown } of this.#all()) {
      totals.checked += 1
      if (isInBase) totals.matchedInBase += 1
      totals[isMatched ? 'matched' : isKnown ? 'mismatched' : 'unmatched'] += 1
    }
    return totals
  }

  /** In the order of arrival. */
  arrivals(): BookArrival[] {
    return this.#all().sort((left, right) => left.monotonicUs - right.monotonicUs)
  }

  #all(): Emission[] {
    return [...this.#markets.values()].flatMap(sequences => [...sequences.values()].flat())
  }

  #at(market: string, sequence: number): Emission[] {
    let sequences = this.#markets.get(market)
    if (sequences === undefined) {
      sequences = new Map()
      this.#markets.set(market, sequences)
    }
    let emissions = sequences.get(sequence)
    if (emissions === undefined) {
      emissions = []
      sequences.set(sequence, emissions)
    }
    return emissions
  }
}
