// Publishes the deltas of one book to its topics, and gives the snapshots between them. For a cyclic book the frames of each
// topic are made once for the whole cycle, and only their numbers change.
import assert from 'node:assert/strict'
import { digitCount, NumberedFrame } from '../connection/frames.js'
import { type Form, formIndex, type Topic } from '../connection/topics.js'
import { BookView } from './book-view.js'
import { CYCLE_LENGTH } from './cyclic-book.js'
import type { MarketBook } from './market-book.js'

/** A venue's text of a delta; `numbers` are the time in ms and the venue's ids, in an order of the venue's own. */
export type DeltaText = (topic: Topic, numbers: readonly number[], bids: string, asks: string) => string

interface DeltaPublisherOptions {
  readonly book: MarketBook
  /** Levels a side that subscribers keep; absent for all. */
  readonly levelCountMax?: number
  readonly topics: readonly Topic[]
  readonly textOf: DeltaText
}

export class DeltaPublisher {
  readonly #options: DeltaPublisherOptions
  readonly #view: BookView
  readonly #cycles = new Map<Topic, TopicCycle>()

  constructor(options: DeltaPublisherOptions) {
    this.#options = options
    this.#view = new BookView(options.book, options.levelCountMax)
  }

  /** To be called after the book has changed and before its touched slots are cleared. */
  publish(numbers: readonly number[]): void {
    const { book, topics, textOf } = this.#options
    assert(book.touchedCount > 0, 'a delta has changes')
    if (book.cyclePosition !== undefined) {
      for (const topic of topics) if (topic.hasSubscribers) this.#publishPrepared(topic, book.cyclePosition, numbers)
      return
    }
    const isTextWanted = topics.some(topic => topic.hasSubscribers)
    this.#view.update(isTextWanted)
    if (!isTextWanted) return
    for (const topic of topics) {
      if (topic.hasSubscribers) topic.publish(textOf(topic, numbers, this.#view.bids, this.#view.asks))
    }
  }

  /** Prepared frames do not update the view: to be called before a snapshot, and not between a change and its delta. */
  catchUp(): void {
    if (this.#options.book.cyclePosition !== undefined) this.#view.restart()
  }

  /** The levels that subscribers have, best first, with the first `touchedCount` changes of the next delta already applied. */
  snapshot(levelCountMax: number, touchedCount = 0): { bids: [string, string][]; asks: [string, string][] } {
    return this.#view.snapshot(levelCountMax, touchedCount)
  }

  #publishPrepared(topic: Topic, position: number, numbers: readonly number[]): void {
    let cycle = this.#cycles.get(topic)
    if (!cycle?.fits(numbers)) {
      cycle = new TopicCycle(topic, this.#options, numbers)
      this.#cycles.set(topic, cycle)
    }
    cycle.publish(position, numbers)
  }
}

/** The frames of one topic for the whole cycle, in each form that a subscriber has. */
class TopicCycle {
  readonly #topic: Topic
  readonly #textOf: DeltaText
  /** The numbers that the frames were made with; others of as many digits fit. */
  readonly #examples: readonly number[]
  readonly #levels: { readonly bids: string; readonly asks: string }[] = []
  /** By form, then by position. */
  readonly #frames: NumberedFrame[][] = []

  constructor(topic: Topic, { book, levelCountMax, textOf }: DeltaPublisherOptions, examples: readonly number[]) {
    this.#topic = topic
    this.#textOf = textOf
    this.#examples = examples
    const position = book.cyclePosition
    const view = new BookView(book, levelCountMax)
    for (let left = CYCLE_LENGTH; left > 0; left -= 1) {
      book.clearTouched()
      book.change()
      view.update(true)
      this.#levels[book.cyclePosition!] = { bids: view.bids, asks: view.asks }
    }
    assert(book.cyclePosition === position, 'a whole cycle brings the book back to where it was')
  }

  fits(numbers: readonly number[]): boolean {
    for (let index = 0; index < numbers.length; index += 1) {
      if (digitCount(numbers[index]!) !== digitCount(this.#examples[index]!)) return false
    }
    return true
  }

  publish(position: number, numbers: readonly number[]): void {
    for (const subscriber of this.#topic.subscribers) {
      subscriber.send(this.#frame(position, subscriber).with(numbers), false)
    }
  }

  #frame(position: number, form: Form): NumberedFrame {
    this.#frames[formIndex(form)] ??= []
    const frames = this.#frames[formIndex(form)]!
    frames[position] ??= new NumberedFrame(
      numbers => this.#topic.textIn(form, this.#text(position, numbers)),
      this.#examples,
    )
    return frames[position]
  }

  #text(position: number, numbers: readonly number[]): string {
    const { bids, asks } = this.#levels[position]!
    return this.#textOf(this.#topic, numbers, bids, asks)
  }
}
