// What a stress test can repeat: its seed, its limits, its random choices, and payloads that follow from the seed and a number,
// so that the reader of a record knows every byte of it. STRESS_SEED repeats the choices, not how the threads interleave.

export const STRESS_SEED = Number(process.env['STRESS_SEED'] ?? Date.now() % 1_000_000_007)
const IS_LONG = process.env['STRESS'] === 'long'
export const RECORDS_MAX = 10_000_000
/** For all tests of one lane together. The long form ends with its records; the time only bounds it. */
export const LANE_MS_MAX = IS_LONG ? 1_200_000 : 15_000

/** xorshift32: small, fast, and the same everywhere. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = mix(seed, 0x5eed) || 1
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return state >>> 0
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return this.next() % limit
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0
  }
}

/** A number of 32 bits that follows from two others, of up to 53 bits each, and looks like neither. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((a / 2 ** 32) | 0, 0x27d4eb2f)
  hash = Math.imul(hash ^ (hash >>> 15) ^ (b | 0), 0xc2b2ae35) ^ Math.imul((b / 2 ** 32) | 0, 0x165667b1)
  hash = Math.imul(hash ^ (hash >>> 13), 0x9e3779b1)
  return (hash ^ (hash >>> 16)) >>> 0
}

const TABLE_BYTES = 65_536

/** Slices of one random table: two payloads that are not the same differ nearly everywhere. */
export class PayloadTable {
  readonly bytes: Buffer
  readonly text: string
  readonly #bytesMax: number

  constructor(seed: number, bytesMax: number) {
    const random = new Random(seed)
    this.bytes = Buffer.from(Array.from({ length: TABLE_BYTES }, () => 32 + random.below(95)))
    this.text = this.bytes.toString('latin1')
    this.#bytesMax = bytesMax
  }

  from(hash: number): number {
    return (hash >>> 8) % (TABLE_BYTES - this.#bytesMax)
  }

  to(hash: number): number {
    return this.from(hash) + (mix(hash, 1) % (this.#bytesMax + 1))
  }

  textOf(hash: number): string {
    return this.text.slice(this.from(hash), this.to(hash))
  }

  bytesOf(hash: number): Buffer {
    return this.bytes.subarray(this.from(hash), this.to(hash))
  }

  /** Whether `payload`, from `offset` to its end, is the payload of `hash`, byte for byte. */
  isPayloadOf(hash: number, payload: Uint8Array, offset = 0): boolean {
    return this.bytes.compare(payload, offset, payload.length, this.from(hash), this.to(hash)) === 0
  }
}
