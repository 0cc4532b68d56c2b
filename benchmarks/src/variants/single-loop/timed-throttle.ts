// Emits the newest state of each cell at most once per interval, and the last one always: Tradelane's own throttle with a timer
// of this event loop.

import { Throttle } from '@tradelane/l2-worker/book-publisher'

export class TimedThrottle {
  readonly #throttle: Throttle
  readonly #emit: (index: number) => void
  #timer: NodeJS.Timeout | undefined

  /** One interval per cell. */
  constructor(intervalMs: readonly number[], emit: (index: number) => void) {
    this.#throttle = new Throttle(intervalMs)
    this.#emit = emit
  }

  changed(index: number): void {
    this.#throttle.changed(index, performance.now())
    this.#emitDue()
  }

  /** Emits without waiting for the interval. */
  reset(index: number): void {
    this.#throttle.reset(index, performance.now())
    this.#emitDue()
  }

  withdraw(index: number): void {
    this.#throttle.withdraw(index)
  }

  #emitDue(): void {
    const nowMs = performance.now()
    for (let index = this.#throttle.take(nowMs); index >= 0; index = this.#throttle.take(nowMs)) this.#emit(index)
    const waitMs = this.#throttle.msToNext(nowMs)
    if (this.#timer !== undefined || waitMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#emitDue()
    }, Math.ceil(waitMs))
  }
}
