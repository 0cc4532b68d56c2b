// What the clients of a book's topics are told of it: deltas, and the snapshots between them. Where the book is cyclic, each
// topic's frames are made once for the whole cycle and only their numbers change.
import { digitCount, NumberedFrame } from '../numbered-frame.js'
import { type Form, formOf, type Topic } from '../topics.js'
import { BookView } from './book-view.js'
import { CYCLE_LENGTH } from './cyclic-book.js'
import type { MarketBook } from './market-book.js'

/** A venue's text of a delta; `numbers` are the time in ms and what ids the venue gives, in an order of its own. */
export type DeltaText = (topic: Topic, numbers: readonly number[], bids: string, asks: string) => string

export interface DeltaStreamOptions {
  readonly book: MarketBook
  /** Levels a side that clients keep; absent where it is all of them. */
  readonly levelCountMax?: number
  readonly topics: readonly Topic[]
  readonly textOf: DeltaText
}

export class DeltaStream {
  readonly #options: DeltaStreamOptions
  readonly #view: BookView
  readonly #cycles = new Map<Topic, TopicCycle>()

  constructor(options: DeltaStreamOptions) {
    this.#options = options
    this.#view = new BookView(options.book, options.levelCountMax)
  }

  /** After the book has changed and before its touched slots are cleared. */
  follow(numbers: readonly number[]): void {
    const { book, topics, textOf } = this.#options
    if (book.cyclePosition !== undefined) {
      for (const topic of topics) if (topic.isWanted) this.#publishPrepared(topic, book.cyclePosition, numbers)
      return
    }
    const isWanted = topics.some(topic => topic.isWanted)
    this.#view.update(isWanted)
    if (!isWanted) return
    for (const topic of topics) {
      if (topic.isWanted) topic.publish(textOf(topic, numbers, this.#view.bids, this.#view.asks))
    }
  }

  /** Prepared frames leave the view behind: to be called before a snapshot, and not between a change and its delta. */
  catchUp(): void {
    if (this.#options.book.cyclePosition !== undefined) this.#view.restart()
  }

  /** The levels that clients have, best first, with the first `touchedCount` changes of the next delta already applied. */
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

/** The frames of one topic for the whole cycle, in each form that a connection has asked for. */
class TopicCycle {
  readonly #topic: Topic
  readonly #textOf: DeltaText
  /** The numbers that the frames were made with; others of as many digits fit. */
  readonly #examples: readonly number[]
  readonly #levels: { readonly bids: string; readonly asks: string }[] = []
  /** By form, then by position. */
  readonly #frames: NumberedFrame[][] = []

  constructor(topic: Topic, { book, levelCountMax, textOf }: DeltaStreamOptions, examples: readonly number[]) {
    this.#topic = topic
    this.#textOf = textOf
    this.#examples = examples
    const view = new BookView(book, levelCountMax)
    // Once around brings the book back to where it is.
    for (let left = CYCLE_LENGTH; left > 0; left -= 1) {
      book.clearTouched()
      book.change()
      view.update(true)
      this.#levels[book.cyclePosition!] = { bids: view.bids, asks: view.asks }
    }
  }

  fits(numbers: readonly number[]): boolean {
    for (let index = 0; index < numbers.length; index += 1) {
      if (digitCount(numbers[index]!) !== digitCount(this.#examples[index]!)) return false
    }
    return true
  }

  publish(position: number, numbers: readonly number[]): void {
    for (const connection of this.#topic.subscribers) {
      connection.send(this.#frame(position, connection).with(numbers), false)
    }
  }

  #frame(position: number, form: Form): NumberedFrame {
    this.#frames[formOf(form)] ??= []
    const frames = this.#frames[formOf(form)]!
    frames[position] ??= new NumberedFrame(
      numbers => this.#topic.formed(this.#text(position, numbers), form),
      this.#examples,
    )
    return frames[position]
  }

  #text(position: number, numbers: readonly number[]): string {
    const { bids, asks } = this.#levels[position]!
    return this.#textOf(this.#topic, numbers, bids, asks)
  }
}
