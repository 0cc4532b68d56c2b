// One capture file being played: starts with the first subscriber of any of its topics, then sends each frame at its recorded
// distance from the first (or as fast as the sockets take it), with its times moved to now on request.
import type { CaptureLine } from './capture-file.js'
import type { Clock } from './clock.js'
import type { Connection } from './connection.js'
import type { CapturedFrame } from './dialect.js'
import type { EventCounts } from './schedule.js'
import { Topic, type Topics } from './topics.js'

// With speed `max`: play on only while every subscriber has less than this unsent.
/** Subscribers of several sockets come one after the other: nobody shall miss the first frames. */
const START_DELAY_US = 1_000_000
const UNSENT_BYTES_MAX = 4 << 20
const TIME_FIELDS = /"(E|T|ts|cts)":("?)(\d{13})\b/g
const COUNT_OF = { trade: 'trade', state: 'quote', book: 'delta' } as const

export interface PlaybackOptions {
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
    const line = lines[this.#index]!
    const wallMs = clock.wallMs(speed === 'max' ? clock.nowUs() : this.nextUs())
    this.#index += 1
    for (const { name, text, feed } of line.frame.topics) {
      const sent = isRestamped ? restamp(text, line.ms, wallMs) : text
      this.#topics.get(topicKey(line, name))?.publish(sent, line.frame)
      if (name === line.frame.topics[0]?.name) counts[COUNT_OF[feed]] += 1
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
      const greetBefore = topic.greet
      topic.greet = connection => {
        greetBefore?.(connection)
        played.greet(connection)
        this.#startUs ??= this.#options.clock.nowUs() + START_DELAY_US
      }
    }
  }

  #isBlocked(): boolean {
    for (const { topic } of this.#topics.values()) {
      for (const connection of topic.subscribers) if (connection.unsentBytes > UNSENT_BYTES_MAX) return true
    }
    return false
  }
}

/** A topic with what a later subscriber must be given first: the chain of changes since its last complete state. */
class PlayedTopic {
  readonly topic: Topic
  #chain: string[] = []

  constructor(topic: Topic) {
    this.topic = topic
  }

  publish(text: string, { chain }: CapturedFrame): void {
    if (chain === 'complete') this.#chain = []
    if (chain !== 'none') this.#chain.push(text)
    this.topic.publish(text)
  }

  greet(connection: Connection): void {
    for (const text of this.#chain) this.topic.sendTo(connection, text)
  }
}

/** Moves the times of a frame recorded at `recordedMs` so that it looks received at `nowMs`. */
export function restamp(text: string, recordedMs: number, nowMs: number): string {
  return text.replace(TIME_FIELDS, (_, field: string, quote: string, ms: string) => {
    return `"${field}":${quote}${Math.round(Number(ms) - recordedMs + nowMs)}`
  })
}

function topicKey(line: CaptureLine, name: string): string {
  return `${line.dialect.product} ${name}`
}
