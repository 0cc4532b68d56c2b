// The open loop: sends every event at its scheduled time, whoever listens. Node's timers are too coarse, so the thread sleeps
// in Atomics.wait until just before the next event, and never longer than a millisecond, so that sockets are served. Trades
// are sent to the microsecond; what else is due together goes out together, so that a high rate costs few wakes and writes.

export interface EventSource {
  /** hrtime µs of the next event; Infinity when there is none at present. */
  nextUs(): number
  /** The same, of events that must not wait for others. */
  nextUrgentUs(): number
  /** Send the next event. */
  fire(): void
  /** Send the next urgent one, though others were due before it. */
  fireUrgent(): void
  /** After each round of events: hand what was collected to the sockets. */
  flush(): void
}

const ROUND_EVENTS_MAX = 256
const SLEEP_MS_MAX = 1
// Atomics.wait wakes some 60 µs late; before an urgent event the rest is spent in turns of the event loop.
const WAKE_EARLY_US = 150
/** Rounds without an urgent event are at least this far apart. */
const ROUND_INTERVAL_US = 250
/** Behind by more than this (the machine was busy elsewhere), urgent events overtake the others. */
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
      // A round that was too long goes on after the sockets had their turn.
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
