// The open loop: sends every event at its scheduled time, whoever listens. Node's timers are too coarse, so the thread sleeps
// in Atomics.wait until just before the next event, and never longer than a millisecond, so that sockets are served.

export interface EventSource {
  /** hrtime µs of the next event; Infinity when there is none at present. */
  nextUs(): number
  /** Send that event. */
  fire(): void
  /** After each round of events: hand what was collected to the sockets. */
  flush(): void
}

const ROUND_EVENTS_MAX = 256
const SLEEP_MS_MAX = 1
// Atomics.wait wakes some 60 µs late; the rest is spent in turns of the event loop.
const WAKE_EARLY_US = 80

export class Runner {
  readonly #source: EventSource
  readonly #nowUs: () => number
  readonly #sleepCell = new Int32Array(new SharedArrayBuffer(4))
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
    let left = ROUND_EVENTS_MAX
    while (left > 0 && source.nextUs() <= this.#nowUs()) {
      source.fire()
      left -= 1
    }
    source.flush()
    if (left > 0) this.#sleepUntil(source.nextUs())
    setImmediate(this.#turn)
  }

  #sleepUntil(nextUs: number): void {
    const sleepMs = Math.min(SLEEP_MS_MAX, (nextUs - this.#nowUs() - WAKE_EARLY_US) / 1e3)
    if (sleepMs > 0.02) Atomics.wait(this.#sleepCell, 0, 0, sleepMs)
  }
}
