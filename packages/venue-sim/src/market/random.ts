// A small seeded random source (splitmix-seeded xorshift128). Every part of the simulator that draws numbers has a source of
// its own, so that the requests of a client cannot change what the market does.

export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  /** Sources of one seed with different numbers are independent. */
  constructor(seed: number, source = 0) {
    let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(source + 1, 0x85ebca6b)) | 0
    const word = (): number => {
      state = (state + 0x9e3779b9) | 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      return mixed ^ (mixed >>> 15)
    }
    this.#a = word()
    this.#b = word()
    this.#c = word()
    this.#d = word() | 1
  }

  /** 32 random bits, unsigned. */
  bits(): number {
    const last = this.#d
    let mixed = this.#a
    this.#d = this.#c
    this.#c = this.#b
    this.#b = mixed
    mixed ^= mixed << 11
    mixed ^= mixed >>> 8
    this.#a = mixed ^ last ^ (last >>> 19)
    return this.#a >>> 0
  }

  /** An integer in 0 .. limit - 1. */
  below(limit: number): number {
    return Math.floor((this.bits() * limit) / 0x1_0000_0000)
  }

  /** A fraction in [0, 1). */
  fraction(): number {
    return this.bits() / 0x1_0000_0000
  }
}
