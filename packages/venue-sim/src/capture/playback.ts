// One capture file being played. It starts when all of its topics are subscribed, or no other has been for a while, then sends each
// frame at its recorded distance from the first one, or as fast as the sockets take it. On request its times are moved to now.
import assert from 'node:assert/strict'
import type { Clock } from '../clock.js'
import { type Subscriber, Topic, type Topics } from '../connection/topics.js'
import type { CapturedFrame } from '../dialect.js'
import type { EventCounts } from '../schedule/schedule.js'
import type { CaptureLine } from './capture-file.js'

/**
 * A client subscribes on several sockets, one after the other, as connect rates allow and its processor: it must not miss the first
 * frames on the later ones. Of topics that it does not want none is ever subscribed.
 */
const START_DELAY_US = 4_000_000
/** With speed `max`: the playback waits while a subscriber has more than this unsent. */
const UNSENT_BYTES_MAX = 4 << 20
const TIME_FIELDS = /"(E|T|ts|cts)":("?)(\d{13})\b/g
const COUNT_OF = { trade: 'trade', state: 'quote', book: 'delta' } as const

interface PlaybackOptions {
  readonly lines: readonly CaptureLine[]
  readonly topicsOf: (line: CaptureLine) => Topics
  readonly clock: Clock
  readonly speed: number | 'max'
  readonly isRestamped: boolean
  readonly counts: EventCounts
}

export class Playback {
  readonly #options: PlaybackOptions
  readonly #topics = new Map<string, PlayedTopic>()
  readonly #firstMs: number
  #index = 0
  #startUs: number | undefined

  constructor(options: PlaybackOptions) {
    this.#options = options
    this.#firstMs = options.lines[0]?.ms ?? 0
    for (const line of options.lines) this.#addTopics(line)
  }

  nextUs(): number {
    const line = this.#options.lines[this.#index]
    if (this.#startUs === undefined || !line) return Number.POSITIVE_INFINITY
    const { speed } = this.#options
    if (speed === 'max') return this.#isBlocked() ? Number.POSITIVE_INFINITY : this.#startUs
    return this.#startUs + ((line.ms - this.#firstMs) * 1e3) / speed
  }

  fire(): void {
    const { lines, clock, speed, isRestamped, counts } = this.#options
    assert(this.#startUs !== undefined && this.#index < lines.length, 'only a frame that is planned is sent')
    const line = lines[this.#index]!
    const wallMs = clock.wallMs(speed === 'max' ? clock.nowUs() : this.nextUs())
    this.#index += 1
    for (const [rank, { name, text, feed }] of line.frame.topics.entries()) {
      const sent = isRestamped ? restamp(text, line.ms, wallMs) : text
      this.#topics.get(topicKey(line, name))?.publish(sent, line.frame)
      if (rank === 0) counts[COUNT_OF[feed]] += 1
    }
  }

  #addTopics(line: CaptureLine): void {
    for (const { name, feed, route } of line.frame.topics) {
      const key = topicKey(line, name)
      if (this.#topics.has(key)) continue
      const topics = this.#options.topicsOf(line)
      const topic = topics.find(name) ?? topics.add(new Topic(name, feed, route))
      const played = new PlayedTopic(topic)
      this.#topics.set(key, played)
      // Several captures may have the same topic.
      const { onSubscribe } = topic
      topic.onSubscribe = subscriber => {
        onSubscribe?.(subscriber)
        played.sendChain(subscriber)
        this.#awaitOthers(played)
      }
    }
  }

  #awaitOthers(subscribed: PlayedTopic): void {
    const isKnown = subscribed.isSubscribed
    subscribed.isSubscribed = true
    if (isKnown || this.#index > 0) return
    const { clock } = this.#options
    const isComplete = [...this.#topics.values()].every(({ isSubscribed }) => isSubscribed)
    this.#startUs = clock.nowUs() + (isComplete ? 0 : START_DELAY_US)
  }

  #isBlocked(): boolean {
    for (const { topic } of this.#topics.values()) {
      for (const subscriber of topic.subscribers) if (subscriber.unsentBytes > UNSENT_BYTES_MAX) return true
    }
    return false
  }
}

/** A topic and what a later subscriber needs first: the chain of changes since its last complete state. */
class PlayedTopic {
  readonly topic: Topic
  isSubscribed = false
  #chain: string[] = []

  constructor(topic: Topic) {
    this.topic = topic
  }

  publish(text: string, { chain }: CapturedFrame): void {
    if (chain === 'complete') this.#chain = []
    if (chain !== 'none') this.#chain.push(text)
    this.topic.publish(text)
  }

  sendChain(subscriber: Subscriber): void {
    for (const text of this.#chain) this.topic.sendTo(subscriber, text)
  }
}

/** Moves the times of a frame recorded at `recordedMs` so that it looks as if received at `nowMs`. */
export function restamp(text: string, recordedMs: number, nowMs: number): string {
  return text.replace(TIME_FIELDS, (_, field: string, quote: string, ms: string) => {
    return `"${field}":${quote}${Math.round(Number(ms) - recordedMs + nowMs)}`
  })
}

function topicKey(line: CaptureLine, name: string): string {
  return `${line.dialect.product} ${name}`
}
