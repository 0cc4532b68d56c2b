// The results of a stressed thread, four numbers an entry, in memory that outlives it: two copies and a version, so that a
// thread killed in mid-write leaves the previous numbers, and its successor neither forgets nor counts twice.

const FIELDS = 4
const ENTRY_DOUBLES = 1 + 2 * FIELDS

export type LedgerFields = readonly [number, number, number, number]

export function createLedger(entryCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(entryCount * ENTRY_DOUBLES * 8)
}

export class Ledger {
  readonly entryCount: number
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
    this.#doubles = new Float64Array(memory)
    this.entryCount = this.#doubles.length / ENTRY_DOUBLES
  }

  write(entry: number, a: number, b: number, c: number, d: number): void {
    const versionWord = entry * ENTRY_DOUBLES * 2
    const version = Atomics.load(this.#words, versionWord) + 1
    const index = this.#indexOf(entry, version)
    this.#doubles[index] = a
    this.#doubles[index + 1] = b
    this.#doubles[index + 2] = c
    this.#doubles[index + 3] = d
    Atomics.store(this.#words, versionWord, version)
  }

  read(entry: number): LedgerFields {
    const index = this.#indexOf(entry, Atomics.load(this.#words, entry * ENTRY_DOUBLES * 2))
    const [a = 0, b = 0, c = 0, d = 0] = this.#doubles.subarray(index, index + FIELDS)
    return [a, b, c, d]
  }

  /** Of one field over all entries. */
  sum(field: 0 | 1 | 2 | 3): number {
    let sum = 0
    for (let entry = 0; entry < this.entryCount; entry += 1) sum += this.read(entry)[field]
    return sum
  }

  #indexOf(entry: number, version: number): number {
    return entry * ENTRY_DOUBLES + 1 + (version & 1) * FIELDS
  }
}
