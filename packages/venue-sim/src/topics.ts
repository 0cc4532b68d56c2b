// The topics of one product: name, feed, who subscribed. A topic may have an envelope (Binance's combined form names the
// stream around the event); each form of a frame is built once and only when somebody wants it.
import type { Connection } from './connection.js'
import { textFrame } from './text-frame.js'

/** What a topic is for: connections are cut and measured by it. */
export type Feed = 'trade' | 'state' | 'book'

export const FEEDS: readonly Feed[] = ['trade', 'state', 'book']

export class Topic {
  readonly name: string
  readonly feed: Feed
  /** The venue's own division of streams over its routes; empty where it has none. */
  readonly streamClass: string
  readonly subscribers = new Set<Connection>()
  /** True once anybody subscribed it. */
  wasOffered = false
  /** Sends the opening frame to a new subscriber, where the venue does so. */
  greet: ((connection: Connection) => void) | undefined

  constructor(name: string, feed: Feed, streamClass = '') {
    this.name = name
    this.feed = feed
    this.streamClass = streamClass
  }

  get isWanted(): boolean {
    return this.subscribers.size > 0
  }

  sendTo(connection: Connection, text: string): void {
    connection.send(textFrame(connection.isCombined ? this.#wrapped(text) : text), true)
  }

  publish(text: string): void {
    if (this.subscribers.size === 0) return
    const isUrgent = this.feed === 'trade'
    let bare: Buffer | undefined
    let wrapped: Buffer | undefined
    for (const connection of this.subscribers) {
      if (connection.isCombined) {
        wrapped ??= textFrame(this.#wrapped(text))
        connection.send(wrapped, isUrgent)
      } else {
        bare ??= textFrame(text)
        connection.send(bare, isUrgent)
      }
    }
  }

  #wrapped(text: string): string {
    return `{"stream":"${this.name}","data":${text}}`
  }
}

export class Topics {
  readonly #byName = new Map<string, Topic>()

  add(topic: Topic): Topic {
    this.#byName.set(topic.name, topic)
    return topic
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  all(): IterableIterator<Topic> {
    return this.#byName.values()
  }
}
