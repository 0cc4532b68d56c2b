// The listening port of one gateway. It closes while the gate is closed, and opens again with it; connected clients do not notice.

import assert from 'node:assert/strict'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { PortGate } from '@tradelane/shared/thread/port-gate'
import { REOPEN_MS } from './limits.js'
import { type App, LISTEN_EXCLUSIVE, LISTEN_SHARED, type ListenSocket, type Uws } from './uws.js'

export interface PortOptions {
  readonly app: App
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
  open(): number {
    const { gate, host, port } = this.#options
    assert(this.#number === undefined && !this.#isClosed, 'the port is opened once; then it follows the gate')
    if (gate.isClosed && port !== 0) this.#number = port
    else if (!this.#listen(port))
      throw new PortInUseError(`${host}:${port} cannot be opened: it is in use or not allowed`)
    assert(this.#number !== undefined, 'a port that was opened has a number')
    return this.#number
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
    const { app, uws, gate, gateway, host, isExclusive } = this.#options
    // Called back before `listen` returns.
    app.listen(host, port, isExclusive ? LISTEN_EXCLUSIVE : LISTEN_SHARED, listening => {
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
