// The admission block: how many clients each gateway has, of which networks, and whether gateways may listen. Counts of several
// gateways make one limit. Each gateway writes its own block only; the supervisor writes the gate, and clears the block of a
// gateway that has exited.
//
//   byte 0              64                       128
//        | magic        | clients i32            | block of gateway 0 | block of gateway 1 …
//        | version      | isClosed i32           |
//        | gatewayCount | openDescriptors i32    |
//        | setCount     | openDescriptorsMax i32 |
//        | seed         |                        |
//   block  0 clients i32   4 isListening i32   64 sets of 16 slots: highWord i32, lowWord i32, clients i32
//
// `clients` of the header is the sum of those of the blocks, and is raised only by a gateway that finds it below the limit.
//
// A network has a slot of the set that its hash names; a slot without clients is free. The seed is the process's own, so that
// nobody can choose networks of one set. Writer, to take a slot: 1 stores both words; 2 adds 1 to its clients. Reader: 1 loads
// both words; 2 loads the clients; 3 loads both words again: others now, then it is no longer this network's. A gateway counts
// a client of a network first and sums all gateways afterwards: of two that do so at once, at least one sees the other.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'

export const ADMISSION_MAGIC = 0x544c4144 // "TLAD"
export const ADMISSION_VERSION = 1
export const MAGIC_OFFSET = 0
export const VERSION_OFFSET = MAGIC_OFFSET + 4
export const GATEWAY_COUNT_OFFSET = VERSION_OFFSET + 4
export const SET_COUNT_OFFSET = GATEWAY_COUNT_OFFSET + 4
export const SEED_OFFSET = SET_COUNT_OFFSET + 4
export const ALL_CLIENTS_OFFSET = 64
export const IS_CLOSED_OFFSET = ALL_CLIENTS_OFFSET + 4
export const OPEN_DESCRIPTORS_OFFSET = IS_CLOSED_OFFSET + 4
export const OPEN_DESCRIPTORS_MAX_OFFSET = OPEN_DESCRIPTORS_OFFSET + 4
export const BLOCKS_OFFSET = 128

export const CLIENTS_OFFSET = 0
export const IS_LISTENING_OFFSET = CLIENTS_OFFSET + 4
export const SLOTS_OFFSET = 64

export const SLOT_HIGH_OFFSET = 0
export const SLOT_LOW_OFFSET = SLOT_HIGH_OFFSET + 4
export const SLOT_CLIENTS_OFFSET = SLOT_LOW_OFFSET + 4
export const SLOT_BYTES = SLOT_CLIENTS_OFFSET + 4
export const SLOTS_PER_SET = 16
export const SET_BYTES = SLOT_BYTES * SLOTS_PER_SET

/** A gateway's slots are at least so many times its clients: a set has 4 networks on average when each client has its own. */
const SLOTS_PER_CLIENT = 4

export interface AdmissionLayout {
  readonly words: Int32Array
  readonly gatewayCount: number
  /** A power of two. */
  readonly setCount: number
}

export function createAdmission(gatewayCount: number, clientsMax: number): SharedArrayBuffer {
  assert(gatewayCount >= 0 && clientsMax >= 1, 'an admission block is for gateways that take clients')
  const setCount = setCountFor(clientsMax)
  const admission = new SharedArrayBuffer(BLOCKS_OFFSET + gatewayCount * blockBytes(setCount))
  const words = new Int32Array(admission)
  words[MAGIC_OFFSET / 4] = ADMISSION_MAGIC
  words[VERSION_OFFSET / 4] = ADMISSION_VERSION
  words[GATEWAY_COUNT_OFFSET / 4] = gatewayCount
  words[SET_COUNT_OFFSET / 4] = setCount
  words[SEED_OFFSET / 4] = randomInt(2 ** 31)
  return admission
}

export function readAdmissionLayout(admission: SharedArrayBuffer): AdmissionLayout {
  const words = new Int32Array(admission)
  const isKnown = words[MAGIC_OFFSET / 4] === ADMISSION_MAGIC && words[VERSION_OFFSET / 4] === ADMISSION_VERSION
  assert(isKnown, 'not an admission block of this version')
  return { words, gatewayCount: words[GATEWAY_COUNT_OFFSET / 4]!, setCount: words[SET_COUNT_OFFSET / 4]! }
}

/** Index of the block's first word. */
export function blockIndex({ gatewayCount, setCount }: AdmissionLayout, gateway: number): number {
  assert(gateway >= 0 && gateway < gatewayCount, 'no such gateway in the admission block')
  return (BLOCKS_OFFSET + gateway * blockBytes(setCount)) / 4
}

/** After the gateway has exited: its clients are gone, and it does not listen. */
export function clearAdmissionBlock(admission: SharedArrayBuffer, gateway: number): void {
  const layout = readAdmissionLayout(admission)
  const { words } = layout
  const first = blockIndex(layout, gateway)
  Atomics.sub(words, ALL_CLIENTS_OFFSET / 4, words[first + CLIENTS_OFFSET / 4]!)
  words.fill(0, first, first + blockBytes(layout.setCount) / 4)
}

export function setCountFor(clientsMax: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2((clientsMax * SLOTS_PER_CLIENT) / SLOTS_PER_SET)))
}

function blockBytes(setCount: number): number {
  return SLOTS_OFFSET + setCount * SET_BYTES
}
