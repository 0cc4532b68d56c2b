// Frames of one product as its connections for trades, state and books bring them, given to the silence judge with the times at
// which they came. Used by this package's tests.

import { FEED_OF_KIND, FEEDS, KIND_NAMES, Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/frame-class'
import { ProductFixture } from '@tradelane/venues/test/product-fixture'
import type { Product } from '@tradelane/venues/venue'
import { NO_SUBJECT, SilenceJudge } from '../silence/silence-judge.js'

export const KIND_OF_CLASS: Partial<Record<FrameClass, SubscribedKind>> = {
  [FrameClass.trade]: Kind.trade,
  [FrameClass.top]: Kind.orderBookL1,
  [FrameClass.openInterest]: Kind.openInterest,
  [FrameClass.depth]: Kind.orderBookL2,
}
const LOOK_US = 1_000_000

export class JudgedFrames {
  /** `btcusdt trade silent by history after 13.1 s at 213.1 s`. */
  readonly alarms: string[] = []
  readonly subjectCount: number
  frameCount = 0
  readonly #fixture: ProductFixture
  readonly #judge: SilenceJudge
  readonly #names = new Map<number, string>()
  /** By instrument id and kind. */
  readonly #subjects = new Map<string, number>()
  readonly #wholes: number[] = []
  #startUs = Number.NaN
  #lookUs = Number.NaN

  constructor(product: Product, symbols: ReadonlySet<string>, kinds: ReadonlySet<SubscribedKind>) {
    this.#fixture = new ProductFixture(product, symbols)
    this.#judge = new SilenceJudge({
      onSilent: (subject, cause, ageUs) => {
        const atS = ((this.#lookUs - this.#startUs) / 1e6).toFixed(1)
        this.alarms.push(
          `${this.#names.get(subject)} silent by ${cause} after ${(ageUs / 1e6).toFixed(1)} s at ${atS} s`,
        )
      },
      onHeard: () => undefined,
    })
    for (const kind of kinds) {
      const connection = FEEDS.indexOf(FEED_OF_KIND[kind])
      const heartbeatMs = product.heartbeatMs?.[kind]
      const heartbeatUs = heartbeatMs === undefined ? null : heartbeatMs * 1_000
      for (const { id, symbol } of this.#fixture.instruments) {
        const subject = this.#judge.add({ connection, of: { instrument: id, kind }, heartbeatUs })
        this.#subjects.set(`${id} ${kind}`, subject)
        this.#names.set(subject, `${symbol} ${KIND_NAMES[kind]}`)
      }
    }
    this.subjectCount = this.#names.size
    for (const [connection, feed] of FEEDS.entries()) {
      const whole = this.#judge.add({ connection, of: null, heartbeatUs: null })
      this.#wholes.push(whole)
      this.#names.set(whole, `all of ${feed}`)
    }
  }

  take(frame: Buffer, us: number): void {
    this.passUntil(us)
    const kind = KIND_OF_CLASS[this.#fixture.classify(frame)]
    const { instrument } = this.#fixture.head
    if (kind === undefined || instrument === undefined) return
    this.frameCount += 1
    this.#judge.heard(this.#subjects.get(`${instrument.id} ${kind}`) ?? NO_SUBJECT, us)
    this.#judge.heard(this.#wholes[FEEDS.indexOf(FEED_OF_KIND[kind])] ?? NO_SUBJECT, us)
  }

  passUntil(us: number): void {
    if (Number.isNaN(this.#startUs)) {
      this.#startUs = us
      this.#lookUs = us
      this.#judge.restart(null, us)
    }
    while (this.#lookUs + LOOK_US <= us) {
      this.#lookUs += LOOK_US
      this.#judge.look(this.#lookUs)
    }
  }
}
