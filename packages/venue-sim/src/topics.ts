// The topics of one product: name, feed, who subscribed. A topic may have an envelope (Binance's combined form names the
// stream around the event) and another unit of time; each form of a frame is built once and only when somebody wants it.
import type { Connection } from './connection.js'
import { textFrame } from './text-frame.js'

const MS_FIELDS = /("[ET]":\d{13})\b/g

/** What a topic is for: connections are cut and measured by it. */
export type Feed = 'trade' | 'state' | 'book'

export const FEEDS: readonly Feed[] = ['trade', 'state', 'book']

export class Topic {
  readonly name: string
  readonly feed: Feed
  /** The venue's own division of streams over its routes; empty where it has none. */
  readonly route: string
  readonly subscribers = new Set<Connection>()
  /** True once anybody subscribed it. */
  wasOffered = false
  /** Sends the opening frame to a new subscriber, where the venue does so. */
  greet: ((connection: Connection) => void) | undefined

  constructor(name: string, feed: Feed, route = '') {
    this.name = name
    this.feed = feed
    this.route = route
  }

  get isWanted(): boolean {
    return this.subscribers.size > 0
  }

  sendTo(connection: Connection, text: string): void {
    connection.send(textFrame(this.formed(text, connection)), true)
  }

  publish(text: string): void {
    if (this.subscribers.size === 0) return
    const isUrgent = this.feed === 'trade'
    const forms: (Buffer | undefined)[] = []
    for (const connection of this.subscribers) {
      const form = formOf(connection)
      let frame = forms[form]
      if (!frame) {
        frame = textFrame(this.formed(text, connection))
        forms[form] = frame
      }
      connection.send(frame, isUrgent)
    }
  }

  /** The text as a connection of this form gets it. */
  formed(text: string, { isCombined, isInMicroseconds }: Form): string {
    const event = isInMicroseconds ? text.replace(MS_FIELDS, '$1000') : text
    return isCombined ? `{"stream":"${this.name}","data":${event}}` : event
  }
}

/** What a client chose for its whole connection. */
export type Form = Pick<Connection, 'isCombined' | 'isInMicroseconds'>

/** A small number that names the form. */
export function formOf({ isCombined, isInMicroseconds }: Form): number {
  return (isCombined ? 1 : 0) + (isInMicroseconds ? 2 : 0)
}

/** Where a protocol looks up what it is asked for. */
export interface TopicDirectory {
  find(name: string): Topic | undefined
}

export class Topics implements TopicDirectory {
  readonly #byName = new Map<string, Topic>()

  add(topic: Topic): Topic {
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
