// How many clients there are over all gateways, in total and of one network, and whether one more may come. Written by each
// gateway's thread in its own block, read by all of them and by the supervisor.

import assert from 'node:assert/strict'
import {
  type AdmissionLayout,
  ALL_CLIENTS_OFFSET,
  blockIndex,
  CLIENTS_OFFSET,
  clearAdmissionBlock,
  readAdmissionLayout,
  SEED_OFFSET,
  SET_BYTES,
  SLOT_BYTES,
  SLOT_CLIENTS_OFFSET,
  SLOT_HIGH_OFFSET,
  SLOT_LOW_OFFSET,
  SLOTS_OFFSET,
} from './admission-layout.js'

/** What counts as one address: an IPv4 address, or the first half of an IPv6 address. As two words of 32 bits, signed. */
export interface Network {
  readonly highWord: number
  readonly lowWord: number
}

export interface ClientLimits {
  readonly clientsMax: number
  readonly clientsPerIpMax: number
}

/** The limit that refuses a client. */
export type FullLimit = 'total' | 'address'

const ALL_CLIENTS = ALL_CLIENTS_OFFSET / 4
const OWN_CLIENTS = CLIENTS_OFFSET / 4
const SLOT_HIGH = SLOT_HIGH_OFFSET / 4
const SLOT_LOW = SLOT_LOW_OFFSET / 4
const SLOT_CLIENTS = SLOT_CLIENTS_OFFSET / 4

/** Of all gateways. */
export function countClients(admission: SharedArrayBuffer): number {
  return Atomics.load(readAdmissionLayout(admission).words, ALL_CLIENTS)
}

export class ClientCounts {
  readonly #layout: AdmissionLayout
  readonly #words: Int32Array
  readonly #seed: number
  /** Index of this gateway's first word. */
  readonly #own: number

  /** Of a gateway that starts: nothing of its predecessor counts any more. */
  constructor(admission: SharedArrayBuffer, gateway: number) {
    clearAdmissionBlock(admission, gateway)
    this.#layout = readAdmissionLayout(admission)
    this.#words = this.#layout.words
    this.#seed = this.#words[SEED_OFFSET / 4]!
    this.#own = blockIndex(this.#layout, gateway)
  }

  /**
   * Counts one more client of this gateway, or names the limit that it would exceed. Two gateways that count a client of one
   * network in the same microsecond may both be refused its last place; they are never both given it.
   */
  add(network: Network, { clientsMax, clientsPerIpMax }: ClientLimits): FullLimit | null {
    if (!this.#addToTotal(clientsMax)) return 'total'
    const slot = this.#slotFor(network)
    if (slot !== undefined) {
      Atomics.add(this.#words, slot + SLOT_CLIENTS, 1)
      if (this.clientsOf(network) <= clientsPerIpMax) return null
      Atomics.sub(this.#words, slot + SLOT_CLIENTS, 1)
    }
    this.#removeFromTotal()
    return 'address'
  }

  /** A client that `add` counted is gone. */
  remove(network: Network): void {
    const slot = this.#find(this.#own, network)
    assert(slot !== undefined && this.#words[slot + SLOT_CLIENTS]! > 0, 'a client that leaves was counted')
    Atomics.sub(this.#words, slot + SLOT_CLIENTS, 1)
    this.#removeFromTotal()
  }

  /** Over all gateways. */
  clientsOf(network: Network): number {
    let count = 0
    for (let gateway = 0; gateway < this.#layout.gatewayCount; gateway += 1) {
      count += this.#countIn(blockIndex(this.#layout, gateway), network)
    }
    return count
  }

  #addToTotal(clientsMax: number): boolean {
    for (;;) {
      const count = Atomics.load(this.#words, ALL_CLIENTS)
      if (count >= clientsMax) return false
      // Another gateway was faster: look again.
      if (Atomics.compareExchange(this.#words, ALL_CLIENTS, count, count + 1) !== count) continue
      Atomics.add(this.#words, this.#own + OWN_CLIENTS, 1)
      return true
    }
  }

  #removeFromTotal(): void {
    const own = Atomics.sub(this.#words, this.#own + OWN_CLIENTS, 1)
    const all = Atomics.sub(this.#words, ALL_CLIENTS, 1)
    assert(own > 0 && all >= own, 'a count of clients is never negative')
  }

  #countIn(block: number, network: Network): number {
    const slot = this.#find(block, network)
    if (slot === undefined) return 0
    const count = Atomics.load(this.#words, slot + SLOT_CLIENTS)
    return this.#isOf(slot, network) ? count : 0
  }

  /** The network's slot, or a free one that it takes. Undefined where 16 other networks of its set have clients here. */
  #slotFor(network: Network): number | undefined {
    const known = this.#find(this.#own, network)
    if (known !== undefined) return known
    const first = this.#firstSlot(this.#own, network)
    for (let slot = first; slot < first + SET_BYTES / 4; slot += SLOT_BYTES / 4) {
      if (this.#words[slot + SLOT_CLIENTS] !== 0) continue
      Atomics.store(this.#words, slot + SLOT_HIGH, network.highWord)
      Atomics.store(this.#words, slot + SLOT_LOW, network.lowWord)
      return slot
    }
    return undefined
  }

  /** A network has one slot at most. One that was never used has the words of `::/64`, which takes the first of those. */
  #find(block: number, network: Network): number | undefined {
    const first = this.#firstSlot(block, network)
    for (let slot = first; slot < first + SET_BYTES / 4; slot += SLOT_BYTES / 4) {
      if (this.#isOf(slot, network)) return slot
    }
    return undefined
  }

  #isOf(slot: number, { highWord, lowWord }: Network): boolean {
    const isSame = Atomics.load(this.#words, slot + SLOT_HIGH) === highWord
    return isSame && Atomics.load(this.#words, slot + SLOT_LOW) === lowWord
  }

  #firstSlot(block: number, { highWord, lowWord }: Network): number {
    const set = hashOf(highWord, lowWord, this.#seed) & (this.#layout.setCount - 1)
    return block + (SLOTS_OFFSET + set * SET_BYTES) / 4
  }
}

/** As the end of MurmurHash3: each bit of the words changes about half of the result. */
function hashOf(highWord: number, lowWord: number, seed: number): number {
  return mix(mix(highWord ^ seed) ^ lowWord)
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
