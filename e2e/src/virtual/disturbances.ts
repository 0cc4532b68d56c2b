// When faults disturb a product or the shards, recovery included. Outside of these times every book must be live and fresh.

export class Disturbances {
  readonly #untilUs = new Map<string, number>()
  readonly #bookEndedUs = new Map<string, number>()
  #allUntilUs: number
  #hungUntilUs = 0

  /** `untilUs`: the end of the start-up. */
  constructor(untilUs: number) {
    this.#allUntilUs = untilUs
  }

  disturb(product: string, untilUs: number): void {
    this.#untilUs.set(product, Math.max(this.#untilUs.get(product) ?? 0, untilUs))
  }

  disturbAll(untilUs: number): void {
    this.#allUntilUs = Math.max(this.#allUntilUs, untilUs)
  }

  /** No shard works until then. */
  hang(untilUs: number): void {
    this.#hungUntilUs = Math.max(this.#hungUntilUs, untilUs)
  }

  /** The connection with this instrument's book ended, and ingest knows it. */
  bookEnded(market: string, atUs: number): void {
    this.#bookEndedUs.set(market, atUs)
  }

  isQuiet(product: string, nowUs: number): boolean {
    return nowUs >= this.#allUntilUs && nowUs >= (this.#untilUs.get(product) ?? 0)
  }

  get hungUntilUs(): number {
    return this.#hungUntilUs
  }

  /** Hung now, or until just now. */
  isHung(nowUs: number): boolean {
    return nowUs < this.#hungUntilUs + HANG_GRACE_US
  }

  bookEndedUs(market: string): number {
    return this.#bookEndedUs.get(market) ?? Number.NEGATIVE_INFINITY
  }
}

const HANG_GRACE_US = 1_000_000
