// The listening port of one gateway. It closes while the gate is closed, and opens again with it; connected clients do not
// notice. It may move to another app, which accepts from then on.

import assert from 'node:assert/strict'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { PortGate } from '@tradelane/shared/thread/port-gate'
import { REOPEN_MS } from './limits.js'
import { type App, LISTEN_EXCLUSIVE, LISTEN_SHARED, type ListenSocket, type Uws } from './uws.js'

export interface PortOptions {
  readonly uws: Uws
  readonly gate: PortGate
  readonly gateway: number
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly isExclusive: boolean
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
}

/** Also for a port that this process may not open. */
export class PortInUseError extends Error {
  readonly code = 'ERR_PORT_IN_USE'
}

export class Port {
  readonly #options: PortOptions
  /** Whose handlers get what connects. */
  #app: App | undefined
  #listening: ListenSocket | undefined
  /** Undefined until it was opened for the first time. */
  #number: number | undefined
  #isClosed = false
  #failedMs = Number.NEGATIVE_INFINITY

  constructor(options: PortOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#listening !== undefined
  }

  /** Returns its number. Throws `PortInUseError`. While the gate is closed, a port whose number is known is opened later. */
  open(app: App): number {
    const { gate, host, port } = this.#options
    assert(this.#number === undefined && !this.#isClosed, 'the port is opened once; then it follows the gate')
    this.#app = app
    if (gate.isClosed && port !== 0) this.#number = port
    else if (!this.#listen(port))
      throw new PortInUseError(`${host}:${port} cannot be opened: it is in use or not allowed`)
    assert(this.#number !== undefined, 'a port that was opened has a number')
    return this.#number
  }

  /** From now on another app accepts. An exclusive port has one listener: the old one is closed first. */
  moveTo(app: App, nowMs: number): void {
    assert(this.#number !== undefined, 'a port is opened before it moves')
    const wasOpen = this.isOpen
    this.#stopListening()
    this.#app = app
    if (wasOpen) this.#openAgain(this.#number, nowMs)
  }

  /** Closes or opens it as the gate says. From the shared timer. */
  follow(nowMs: number): void {
    if (this.#number === undefined || this.#isClosed || this.#options.gate.isClosed !== this.isOpen) return
    if (this.isOpen) this.#closeForGate()
    else if (nowMs - this.#failedMs >= REOPEN_MS) this.#openAgain(this.#number, nowMs)
  }

  /** For good. Safe to call again. */
  close(): void {
    this.#isClosed = true
    this.#stopListening()
  }

  #closeForGate(): void {
    this.#options.counters.add('portClosed')
    this.#stopListening()
  }

  #openAgain(port: number, nowMs: number): void {
    const { gate, counters, limitedLog } = this.#options
    if (!this.#listen(port)) {
      this.#failedMs = nowMs
      counters.add('portFailures')
      limitedLog.write('warn', 'port cannot be opened again; it is tried until it can', String(port))
      return
    }
    // It was closed meanwhile, and nobody waits for this gateway: nothing was accepted yet.
    if (gate.isClosed) this.#closeForGate()
  }

  #listen(port: number): boolean {
    const { uws, gate, gateway, host, isExclusive } = this.#options
    assert(this.#app !== undefined, 'a port that listens has an app')
    // Called back before `listen` returns.
    this.#app.listen(host, port, isExclusive ? LISTEN_EXCLUSIVE : LISTEN_SHARED, listening => {
      if (listening !== false) this.#listening = listening
    })
    gate.setListening(gateway, this.#listening !== undefined)
    if (this.#listening === undefined) return false
    this.#number = uws.us_socket_local_port(this.#listening)
    return true
  }

  #stopListening(): void {
    const { uws, gate, gateway } = this.#options
    if (this.#listening !== undefined) uws.us_listen_socket_close(this.#listening)
    this.#listening = undefined
    gate.setListening(gateway, false)
  }
}
