// Whether gateways may listen, and whether they do; beside it the process's open descriptors, which are the reason. The
// supervisor closes and opens the gate, each gateway follows it and reports its own port.

import assert from 'node:assert/strict'
import {
  type AdmissionLayout,
  blockIndex,
  IS_CLOSED_OFFSET,
  IS_LISTENING_OFFSET,
  OPEN_DESCRIPTORS_MAX_OFFSET,
  OPEN_DESCRIPTORS_OFFSET,
  readAdmissionLayout,
} from './admission-layout.js'

export class PortGate {
  readonly #layout: AdmissionLayout
  readonly #words: Int32Array

  constructor(admission: SharedArrayBuffer) {
    this.#layout = readAdmissionLayout(admission)
    this.#words = this.#layout.words
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, IS_CLOSED_OFFSET / 4) === 1
  }

  close(): void {
    assert(!this.isClosed, 'a gate that is closed was open')
    Atomics.store(this.#words, IS_CLOSED_OFFSET / 4, 1)
  }

  open(): void {
    assert(this.isClosed, 'a gate that is opened was closed')
    Atomics.store(this.#words, IS_CLOSED_OFFSET / 4, 0)
  }

  /** By the gateway itself. */
  setListening(gateway: number, isListening: boolean): void {
    const index = blockIndex(this.#layout, gateway) + IS_LISTENING_OFFSET / 4
    Atomics.store(this.#words, index, isListening ? 1 : 0)
  }

  /** Whether any gateway listens. */
  get isListening(): boolean {
    for (let gateway = 0; gateway < this.#layout.gatewayCount; gateway += 1) {
      const index = blockIndex(this.#layout, gateway) + IS_LISTENING_OFFSET / 4
      if (Atomics.load(this.#words, index) === 1) return true
    }
    return false
  }

  /** By the supervisor. */
  setDescriptors(open: number, max: number): void {
    assert(open >= 0 && max >= 0, 'a count of descriptors is never negative')
    Atomics.store(this.#words, OPEN_DESCRIPTORS_OFFSET / 4, open)
    Atomics.store(this.#words, OPEN_DESCRIPTORS_MAX_OFFSET / 4, Math.min(max, 2 ** 31 - 1))
  }

  descriptors(): { readonly open: number; readonly max: number } {
    return {
      open: Atomics.load(this.#words, OPEN_DESCRIPTORS_OFFSET / 4),
      max: Atomics.load(this.#words, OPEN_DESCRIPTORS_MAX_OFFSET / 4),
    }
  }
}
