// The request weight of Binance's REST hosts: what a minute allows, what each answer reports as used, and the refusals that
// follow when a client spends more.
import type { Clock } from '../clock.js'
import type { RestAnswer } from '../dialect.js'

const MINUTE_US = 60_000_000
const BAN_US = 120_000_000
// So many refused requests within the minute, and the address is banned.
const REFUSALS_BEFORE_BAN = 50

export class WeightBudget {
  used = 0
  readonly #weightPerMinuteMax: number
  readonly #clock: Clock
  /** A minute begins with its first request. */
  #minuteStartUs = Number.NEGATIVE_INFINITY
  #refusals = 0
  #bannedUntilUs = 0

  constructor(weightPerMinuteMax: number, clock: Clock) {
    this.#weightPerMinuteMax = weightPerMinuteMax
    this.#clock = clock
  }

  /** The refusal, when there is one. */
  spend(weight: number): RestAnswer | undefined {
    const nowUs = this.#clock.nowUs()
    if (nowUs - this.#minuteStartUs >= MINUTE_US) {
      this.#minuteStartUs = nowUs
      this.used = 0
      this.#refusals = 0
    }
    if (nowUs < this.#bannedUntilUs) {
      const untilMs = this.#clock.wallMs(this.#bannedUntilUs)
      return tooMany(418, `Way too many requests; IP banned until ${untilMs}.`, this.#bannedUntilUs - nowUs)
    }
    this.used += weight
    if (this.used <= this.#weightPerMinuteMax) return undefined
    this.#refusals += 1
    if (this.#refusals > REFUSALS_BEFORE_BAN) this.#bannedUntilUs = nowUs + BAN_US
    const message = `Too many requests; current limit is ${this.#weightPerMinuteMax} request weight per minute.`
    return tooMany(429, message, this.#minuteStartUs + MINUTE_US - nowUs)
  }
}

function tooMany(status: number, message: string, retryUs: number): RestAnswer {
  const headers = { 'retry-after': String(Math.ceil(retryUs / 1e6)) }
  return { status, body: JSON.stringify({ code: -1003, msg: message }), headers }
}
