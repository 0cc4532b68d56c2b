// The open loop: sends every event at its scheduled time, with or without subscribers. Node's timers are too coarse, so the
// thread sleeps in Atomics.wait until just before the next event, and never longer than a millisecond, so that sockets are
// served. Urgent events are sent to the microsecond; the others go out together, so that a high rate costs few wake-ups and
// writes.

export interface EventSource {
  /** hrtime µs of the next event; Infinity when there is none at present. */
  nextUs(): number
  /** The same of events that must not wait for others. */
  nextUrgentUs(): number
  /** Sends the next event. */
  fire(): void
  /** Sends the next urgent event, even when others come before it. */
  fireUrgent(): void
  /** After each round of events: writes to the sockets what was collected. */
  flush(): void
}

const ROUND_EVENTS_MAX = 256
const SLEEP_MS_MAX = 1
// Atomics.wait wakes some 60 µs late; before an urgent event the rest is spent in turns of the event loop.
const WAKE_EARLY_US = 150
/** The least time between rounds without an urgent event. */
const ROUND_INTERVAL_US = 250
/** When the next event is later than this (the machine was busy), urgent events overtake the others. */
const BEHIND_US = 1_000

export class Runner {
  readonly #source: EventSource
  readonly #nowUs: () => number
  readonly #sleepCell = new Int32Array(new SharedArrayBuffer(4))
  #notBeforeUs = 0
  #isStopped = false

  constructor(source: EventSource, nowUs: () => number) {
    this.#source = source
    this.#nowUs = nowUs
  }

  start(): void {
    setImmediate(this.#turn)
  }

  stop(): void {
    this.#isStopped = true
  }

  readonly #turn = (): void => {
    if (this.#isStopped) return
    const source = this.#source
    if (this.#roundUs() <= this.#nowUs()) {
      let left = ROUND_EVENTS_MAX
      for (let nowUs = this.#nowUs(); left > 0 && source.nextUs() <= nowUs; nowUs = this.#nowUs()) {
        if (nowUs - source.nextUs() > BEHIND_US && source.nextUrgentUs() <= nowUs) source.fireUrgent()
        else source.fire()
        left -= 1
      }
      source.flush()
      // After a full round the sockets get a turn, then the next round begins at once.
      this.#notBeforeUs = left > 0 ? this.#nowUs() + ROUND_INTERVAL_US : 0
    }
    this.#sleep()
    setImmediate(this.#turn)
  }

  /** When there is something to do. */
  #roundUs(): number {
    return Math.min(this.#source.nextUrgentUs(), Math.max(this.#source.nextUs(), this.#notBeforeUs))
  }

  #sleep(): void {
    const wakeUs = Math.min(this.#source.nextUrgentUs() - WAKE_EARLY_US, this.#roundUs())
    const sleepMs = Math.min(SLEEP_MS_MAX, (wakeUs - this.#nowUs()) / 1e3)
    if (sleepMs > 0.02) Atomics.wait(this.#sleepCell, 0, 0, sleepMs)
  }
}
