// Sets of small whole numbers that find the next member from any start on, in a time that does not depend on their number: a bit
// for each number, above it a bit for each word that is not empty, and so on up to a single word. The words of several sets lie
// in one array, which is all that a client has of its own: with thousands of clients each further object is a miss of the
// processor's cache.

import assert from 'node:assert/strict'

const WORD_BITS = 32

/** Where one set is in an array of words. All arrays with such sets share it. */
export class IndexSet {
  /** Of the first word behind it. */
  readonly end: number
  readonly #indexCount: number
  /** Where each level begins, the lowest first; the last has a single word. */
  readonly #levels: readonly number[]
  readonly #top: number

  /** For the numbers from 0 to `indexCount` - 1, in the words from `start` on. */
  constructor(indexCount: number, start: number) {
    this.#indexCount = indexCount
    const levels = [start]
    let wordCount = Math.max(1, Math.ceil(indexCount / WORD_BITS))
    let end = start + wordCount
    for (; wordCount > 1; end += wordCount) {
      levels.push(end)
      wordCount = Math.ceil(wordCount / WORD_BITS)
    }
    this.#levels = levels
    this.#top = end - 1
    this.end = end
  }

  isEmpty(words: Int32Array): boolean {
    return words[this.#top] === 0
  }

  has(words: Int32Array, index: number): boolean {
    return (words[this.#levels[0]! + (index >>> 5)]! & (1 << (index & 31))) !== 0
  }

  /** Number of members, by a walk over the words. */
  count(words: Int32Array): number {
    const end = this.#levels[1] ?? this.end
    let count = 0
    for (let word = this.#levels[0]!; word < end; word += 1) {
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1) count += 1
    }
    return count
  }

  /** False: it was a member already. */
  add(words: Int32Array, index: number): boolean {
    if (index < 0 || index >= this.#indexCount) assert.fail('a member is below the number of indexes')
    if (this.has(words, index)) return false
    let at = index
    for (let level = 0; level < this.#levels.length; level += 1) {
      const word = this.#levels[level]! + (at >>> 5)
      const before = words[word]!
      words[word] = before | (1 << (at & 31))
      if (before !== 0) break
      at >>>= 5
    }
    return true
  }

  /** False: it was no member. */
  delete(words: Int32Array, index: number): boolean {
    if (!this.has(words, index)) return false
    let at = index
    for (let level = 0; level < this.#levels.length; level += 1) {
      const word = this.#levels[level]! + (at >>> 5)
      words[word]! &= ~(1 << (at & 31))
      if (words[word] !== 0) break
      at >>>= 5
    }
    return true
  }

  /** The first member from `start` on, from 0 on after the last one; -1 in an empty set. */
  nextFrom(words: Int32Array, start: number): number {
    if (this.isEmpty(words)) return -1
    const next = this.#firstFrom(words, start)
    return next >= 0 ? next : this.#firstFrom(words, 0)
  }

  #firstFrom(words: Int32Array, start: number): number {
    const levels = this.#levels
    let at = start
    for (let level = 0; level < levels.length; level += 1) {
      const word = at >>> 5
      const isBeyond = levels[level]! + word >= (levels[level + 1] ?? this.end)
      const bits = isBeyond ? 0 : words[levels[level]! + word]! & (-1 << (at & 31))
      if (bits !== 0) return this.#descend(words, level, word * WORD_BITS + lowest(bits))
      at = word + 1
    }
    return -1
  }

  /** The lowest member below a set bit of this level. */
  #descend(words: Int32Array, fromLevel: number, fromBit: number): number {
    let bit = fromBit
    for (let level = fromLevel - 1; level >= 0; level -= 1) {
      const bits = words[this.#levels[level]! + bit]!
      if (bits === 0) assert.fail('a bit is set above every word that is not empty')
      bit = bit * WORD_BITS + lowest(bits)
    }
    return bit
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
