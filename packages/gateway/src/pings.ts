// The pings of one client, numbered, so that a pong names the ping that it answers.

import assert from 'node:assert/strict'

const NONE = -1

export class Pings {
  readonly #ping: (payload: Uint8Array) => void
  readonly #payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
  #lastId = 0
  #lastMs: number
  /** Of the newest one that is no mark, until it is answered. */
  #keepaliveId = NONE

  constructor(ping: (payload: Uint8Array) => void, startMs: number) {
    this.#ping = ping
    this.#lastMs = startMs
  }

  /** When the newest one was sent. */
  get lastMs(): number {
    return this.#lastMs
  }

  get nextId(): number {
    return (this.#lastId + 1) >>> 0
  }

  send(nowMs: number): void {
    assert(nowMs >= this.#lastMs, 'monotonic time never goes back')
    this.#lastId = this.nextId
    this.#lastMs = nowMs
    this.#payload.writeUInt32BE(this.#lastId, 4)
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
