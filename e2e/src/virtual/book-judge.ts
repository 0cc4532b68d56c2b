// Judges the books that one client shows. Each emission must have the exact text of the venue's best levels at its sequence. A
// book shown as live must be fresh while nothing disturbs it, must be withheld when its connection ends, and must never be older
// than the longest venue silence that ingest accepts.

import { readBookFrame } from './book-frame.js'
import type { Disturbances } from './disturbances.js'
import type { JudgedMarket } from './judged-markets.js'
import type { Verdict } from './verdict.js'

/** From the venue to a near client: throttle, turns, network. */
const FRESH_US = 2_000_000
/** From the end of a connection to the stale status at a near client. */
const WITHHELD_US = 1_000_000
/** Ingest ends a book connection after 120 s without data; its watch timer and the network add some. */
const SILENT_US_MAX = 125_000_000
/** Per instrument: other clients get the same frames. */
const FRAMES_KEPT = 4

interface Shown {
  isLive: boolean
  /** Of the venue's books, see `MarketTruth`. */
  number: number
  frameUs: number
}

interface Compared {
  readonly frame: Buffer
  readonly number: number
}

/** Shared by all clients. */
export class BookTexts {
  readonly #verdict: Verdict
  readonly #compared = new Map<JudgedMarket, Compared[]>()

  constructor(verdict: Verdict) {
    this.#verdict = verdict
  }

  /** Compares the frame with the venue's book; returns the number of that book, undefined where the venue has none. */
  numberOf(market: JudgedMarket, frame: Buffer): number | undefined {
    const kept = this.#compared.get(market) ?? []
    const known = kept.find(each => each.frame === frame || each.frame.equals(frame))
    if (known !== undefined) return known.number
    const { sequence, digest } = readBookFrame(frame)
    const number = market.truth.bookNumber(sequence)
    this.#verdict.booksJudged += 1
    if (number === undefined) {
      this.#verdict.report(`${market.name}: the venue had no book ${sequence}`)
      return undefined
    }
    if (market.truth.bookDigest(number) !== digest) {
      this.#verdict.report(`${market.name}: book ${sequence} has other levels than the venue's`)
    }
    kept.unshift({ frame, number })
    kept.length = Math.min(kept.length, FRAMES_KEPT)
    this.#compared.set(market, kept)
    return number
  }
}

export class BookJudge {
  readonly #verdict: Verdict
  readonly #texts: BookTexts
  readonly #shown = new Map<JudgedMarket, Shown>()

  constructor(verdict: Verdict, texts: BookTexts) {
    this.#verdict = verdict
    this.#texts = texts
  }

  book(market: JudgedMarket, frame: Buffer, nowUs: number): void {
    const number = this.#texts.numberOf(market, frame)
    if (number === undefined) return
    const shown = this.#shownOf(market)
    shown.isLive = true
    shown.number = number
    shown.frameUs = nowUs
  }

  status(market: JudgedMarket, state: string): void {
    this.#shownOf(market).isLive = state === 'live' && this.#shownOf(market).isLive
  }

  /** The client reconnected. */
  forget(): void {
    this.#shown.clear()
  }

  /** Several times a second, for a near client. */
  look(markets: readonly JudgedMarket[], disturbances: Disturbances, nowUs: number): void {
    for (const market of markets) {
      if (market.hasBook) this.#lookAt(market, disturbances, nowUs)
    }
  }

  /** At the end: every book is live and the venue's last. */
  finish(markets: readonly JudgedMarket[], client: string): void {
    for (const market of markets) {
      if (!market.hasBook) continue
      const { isLive, number } = this.#shownOf(market)
      const { bookCount } = market.truth
      if (isLive && number === bookCount) continue
      const state = isLive ? `${bookCount - number} changes old` : 'not live'
      this.#verdict.report(`${client}: at the end the book of ${market.name} is ${state}`)
    }
  }

  #lookAt(market: JudgedMarket, disturbances: Disturbances, nowUs: number): void {
    const { isLive, number, frameUs } = this.#shownOf(market)
    if (disturbances.isQuiet(market.product, nowUs)) {
      this.#verdict.freshLooks += 1
      const { bookCount } = market.truth
      const missedUs = number < bookCount ? market.truth.bookPublishedUs(number + 1) : undefined
      if (!isLive) this.#verdict.report(`${market.name}: its book is withheld although nothing disturbs it`)
      else if (missedUs !== undefined && nowUs - missedUs > FRESH_US) {
        this.#verdict.report(`${market.name}: its book is shown as live, ${bookCount - number} changes old`)
      }
      return
    }
    const endedUs = disturbances.bookEndedUs(market.name)
    if (frameUs < endedUs) this.#verdict.withheldLooks += 1
    if (!isLive) return
    if (frameUs < endedUs && nowUs - endedUs > WITHHELD_US && !disturbances.isHung(nowUs)) {
      this.#verdict.report(`${market.name}: its book is shown as live although its connection ended`)
    }
    const nextUs = market.truth.bookPublishedUs(number + 1)
    if (nextUs === undefined) return
    // A full ring pauses the sockets, and ingest measures silence again from the end of the pause.
    const silentUs = nowUs - Math.max(nextUs, disturbances.hungUntilUs)
    if (silentUs > SILENT_US_MAX) {
      this.#verdict.report(`${market.name}: its book is shown as live, and old for ${Math.round(silentUs / 1e6)} s`)
    }
  }

  #shownOf(market: JudgedMarket): Shown {
    let shown = this.#shown.get(market)
    if (shown === undefined) {
      shown = { isLive: false, number: 0, frameUs: 0 }
      this.#shown.set(market, shown)
    }
    return shown
  }
}
