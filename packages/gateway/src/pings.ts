// The pings of one client, each with an id, so that a pong names the ping that it answers. Ids ascend by steps that nobody can
// guess: a client that reads nothing cannot answer the ping that should be next.

import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { DOUBLE } from '@tradelane/shared/thread/clock'

const NONE = -1
/** A right guess is one in two million; a client may make some twenty a second. 512 open marks ascend by less than 2^31. */
const STEP_MASK = 0x1fffff
/** Of all clients: drawn together, a step takes 10 ns. */
const steps = new Uint32Array(1_024)
let nextStep = steps.length

export class Pings {
  readonly #ping: (payload: Uint8Array) => void
  readonly #payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
  #nextId = DOUBLE
  #lastMs = DOUBLE
  /** Of the newest one that is no mark, until it is answered. */
  #keepaliveId = DOUBLE

  constructor(ping: (payload: Uint8Array) => void, startMs: number) {
    this.#ping = ping
    this.#nextId = drawStep()
    this.#keepaliveId = NONE
    this.#lastMs = startMs
  }

  /** When the newest one was sent. */
  get lastMs(): number {
    return this.#lastMs
  }

  get nextId(): number {
    return this.#nextId
  }

  send(nowMs: number): void {
    assert(nowMs >= this.#lastMs, 'monotonic time never goes back')
    this.#lastMs = nowMs
    this.#payload.writeUInt32BE(this.#nextId, 4)
    this.#nextId = (this.#nextId + drawStep()) >>> 0
    this.#ping(this.#payload)
  }

  /** One that is no mark, so that a dead connection is noticed. */
  keepAlive(nowMs: number): void {
    this.#keepaliveId = this.nextId
    this.send(nowMs)
  }

  /** The id in the payload of a pong; -1 where it has none: the pong is unsolicited, or forged. */
  idOf(payload: Buffer): number {
    if (payload.length !== this.#payload.length || payload.compare(this.#payload, 0, 4, 0, 4) !== 0) return NONE
    return payload.readUInt32BE(4)
  }

  /** Whether it answers the newest one that is no mark, for the first time. */
  takeKeepalive(payload: Buffer): boolean {
    if (this.#keepaliveId === NONE || this.idOf(payload) !== this.#keepaliveId) return false
    this.#keepaliveId = NONE
    return true
  }
}

/** At least 1. */
function drawStep(): number {
  if (nextStep === steps.length) {
    randomFillSync(steps)
    nextStep = 0
  }
  const step = steps[nextStep]!
  nextStep += 1
  return (step & STEP_MASK) + 1
}
