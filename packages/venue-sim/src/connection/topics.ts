// The topics of one product: name, feed, subscribers. A topic may wrap its events (Binance's combined form names the stream)
// and use another unit of time. Each form of a frame is built once, and only when a subscriber needs it.
import assert from 'node:assert/strict'
import { textFrame } from './frames.js'

/** Streams of liquidations, which venues send on the connections of trades. */
const LIQUIDATIONS = /forceOrder|allLiquidation|liquidation-orders/

/** More than one topic has in the time by which events are published ahead. */
const AHEAD_MAX = 2_048

const MS_FIELDS = /("[ET]":\d{13})\b/g

/**
 * The scheduled time of what is being published, where that is ahead of its time; 0 otherwise. All markets of a thread are
 * driven by one loop, so there is one.
 */
export const publication = { dueUs: 0 }

/** What was published and is not due yet: a later subscriber gets it too. */
interface AheadEvent {
  readonly text: string
  readonly dueUs: number
}

/** What a topic is for: connections are cut and limited by it. */
export type Feed = 'trade' | 'state' | 'book'

export const FEEDS: readonly Feed[] = ['trade', 'state', 'book']

/** What a client chose for its whole connection. */
export interface Form {
  /** Binance: events are wrapped with the name of their stream. */
  readonly isCombined: boolean
  /** Binance: times are in µs instead of ms. */
  readonly isInMicroseconds: boolean
}

/** What a topic needs of a connection. */
export interface Subscriber extends Form {
  readonly unsentBytes: number
  send(frame: Buffer, isUrgent: boolean): void
}

export class Topic {
  readonly name: string
  readonly feed: Feed
  /** The venue's route that delivers it; empty where the venue has no routes. */
  readonly route: string
  /** Whether it has trades or liquidations, whose frames are sent on time. */
  readonly isLossless: boolean
  readonly subscribers = new Set<Subscriber>()
  #ahead: AheadEvent[] = []
  /** True from the first subscription on. */
  wasSubscribed = false
  /** Sends the first frame to a new subscriber, where the venue does so. */
  onSubscribe: ((subscriber: Subscriber) => void) | undefined

  constructor(name: string, feed: Feed, route = '') {
    this.name = name
    this.feed = feed
    this.route = route
    this.isLossless = feed === 'trade' || LIQUIDATIONS.test(name)
  }

  get hasSubscribers(): boolean {
    return this.subscribers.size > 0
  }

  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber)
    this.wasSubscribed = true
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber)
  }

  sendTo(subscriber: Subscriber, text: string): void {
    subscriber.send(textFrame(this.textIn(subscriber, text)), true)
  }

  /** What was published, and is due after that time. */
  aheadOf(nowUs: number): readonly AheadEvent[] {
    return this.#ahead.filter(({ dueUs }) => dueUs > nowUs)
  }

  publish(text: string): void {
    if (publication.dueUs > 0) {
      if (this.#ahead.length === AHEAD_MAX) this.#ahead = this.#ahead.slice(AHEAD_MAX / 2)
      this.#ahead.push({ text, dueUs: publication.dueUs })
    }
    if (this.subscribers.size === 0) return
    assert(this.wasSubscribed, 'a topic with subscribers was subscribed')
    const isUrgent = this.feed === 'trade'
    const frames: (Buffer | undefined)[] = []
    for (const subscriber of this.subscribers) {
      const form = formIndex(subscriber)
      frames[form] ??= textFrame(this.textIn(subscriber, text))
      subscriber.send(frames[form], isUrgent)
    }
  }

  /** The text as a subscriber of this form gets it. */
  textIn({ isCombined, isInMicroseconds }: Form, text: string): string {
    const event = isInMicroseconds ? text.replace(MS_FIELDS, '$1000') : text
    return isCombined ? `{"stream":"${this.name}","data":${event}}` : event
  }
}

/** A small number for each form. */
export function formIndex({ isCombined, isInMicroseconds }: Form): number {
  return (isCombined ? 1 : 0) + (isInMicroseconds ? 2 : 0)
}

/** Where a protocol looks up the names that clients ask for. */
export interface TopicDirectory {
  find(name: string): Topic | undefined
}

export class Topics implements TopicDirectory {
  readonly #byName = new Map<string, Topic>()

  add(topic: Topic): Topic {
    assert(!this.#byName.has(topic.name), 'a topic is added once')
    this.#byName.set(topic.name, topic)
    return topic
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  has(topic: Topic): boolean {
    return this.#byName.get(topic.name) === topic
  }

  all(): IterableIterator<Topic> {
    return this.#byName.values()
  }
}
