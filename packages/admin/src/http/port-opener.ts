// Keeps trying to open the port: another program may have it, and may give it back. One line says so, however long it takes.

import assert from 'node:assert/strict'
import type { AddressInfo, Server } from 'node:net'
import type { Log } from '@tradelane/shared/thread/log'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import { PORT_RETRY_MS } from '../limits.js'

export interface PortOpenerOptions {
  readonly server: Server
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly log: Log
  readonly timers: Timers
  readonly onListening: (port: number) => void
}

export class PortOpener {
  readonly #options: PortOpenerOptions
  #retry: Timer | undefined
  #hasWarned = false
  #isClosed = false

  constructor(options: PortOpenerOptions) {
    this.#options = options
    options.server.on('listening', () => this.#listening())
    options.server.on('error', error => this.#failed(error))
  }

  open(): void {
    const { server, host, port } = this.#options
    assert(!server.listening && !this.#isClosed, 'a port is opened once')
    server.listen({ host, port, exclusive: true })
  }

  close(): void {
    this.#isClosed = true
    this.#options.timers.clear(this.#retry)
  }

  #listening(): void {
    const { server, host, log, onListening } = this.#options
    const { port } = server.address() as AddressInfo
    if (this.#hasWarned) log.info('admin port opened', { host, port })
    this.#hasWarned = false
    onListening(port)
  }

  #failed(error: Error): void {
    const { server, host, port, log, timers } = this.#options
    // Of a server that listens, an error concerns one connection that could not be accepted.
    if (server.listening || this.#isClosed) return
    if (!this.#hasWarned) {
      this.#hasWarned = true
      const reason = error.message
      log.warn('admin port cannot be opened, tried again each minute; ADMIN_ADDR sets another', { host, port, reason })
    }
    this.#retry = timers.setTimeout(() => this.open(), PORT_RETRY_MS)
  }
}
