// The port that clients connect to, with TLS or without. uWebSockets.js reads a certificate only when an app is made, so a
// renewed one makes a new app, to which the port moves. The old app keeps its clients, and is closed when the last of them
// has left.
//
//   listen ──▶ app 1 ──renewed──▶ the port moves to app 2; app 1 retired ──its clients have left──▶ closed

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Log } from '@tradelane/shared/thread/log'
import type { CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import type { Timers } from '@tradelane/shared/thread/timers'
import { HANDSHAKE_END_MS_MAX, HANDSHAKE_END_TURNS, RETIRED_APPS_MAX, RETIRED_MS_MIN } from './limits.js'
import type { Port } from './port.js'
import type { App, Uws } from './uws.js'

export interface ClientPortOptions {
  readonly uws: Uws
  readonly port: Port
  /** Null: without TLS. */
  readonly certificate: CertificatePaths | null
  /** Registers every route on an app; returns how many clients it has. */
  readonly serve: (app: App) => () => number
  /** Closes an app, with its sockets. */
  readonly release: (app: App) => void
  readonly counters: Counters
  readonly log: Log
  readonly timers: Timers
  readonly nowMs: () => number
}

interface RetiredApp {
  readonly app: App
  readonly clientCount: () => number
  readonly retiredMs: number
}

export class ClientPort {
  readonly #options: ClientPortOptions
  #app: App
  #clientCount: () => number
  /** Of the files as the app was made from them; empty without TLS. */
  #fingerprint: string
  /** The port has not yet moved to the newest app. */
  #isMoveDue = false
  #retired: readonly RetiredApp[] = []
  #isClosed = false

  /** Throws when the certificate cannot be used. */
  constructor(options: ClientPortOptions) {
    this.#options = options
    this.#fingerprint = fingerprintOf(options.certificate)
    this.#app = this.#newApp()
    this.#clientCount = options.serve(this.#app)
  }

  get isListening(): boolean {
    return this.#options.port.isOpen
  }

  /** Returns the number of the port. Throws `PortInUseError`. */
  listen(): number {
    assert(!this.#isClosed, 'a closed port is not opened again')
    return this.#options.port.open(this.#app)
  }

  /** Clients stay. */
  stopListening(): void {
    this.#options.port.close()
  }

  /** New clients get the certificate that the files hold now. Those that cannot be used change nothing. */
  renewCertificate(): void {
    const { certificate, counters, log, nowMs, serve } = this.#options
    assert(certificate !== null && !this.#isClosed, 'only an open port with TLS has a certificate')
    let app: App
    try {
      const fingerprint = fingerprintOf(certificate)
      if (fingerprint === this.#fingerprint) return
      app = this.#newApp()
      this.#fingerprint = fingerprint
    } catch (error) {
      log.error('certificate not renewed, the old one stays', { reason: (error as Error).message })
      return
    }
    this.#retired = [...this.#retired, { app: this.#app, clientCount: this.#clientCount, retiredMs: nowMs() }]
    this.#app = app
    this.#clientCount = serve(app)
    counters.add('certificatesRenewed')
    // Not at once: what connected while the app was made is accepted first, as the system resets what is not.
    this.#isMoveDue = true
  }

  /** Moves the port to the newest app, follows the gate, and closes retired apps without clients. From the shared timer. */
  tick(nowMs: number): void {
    const { port } = this.#options
    assert(!this.#isClosed, 'a closed port has nothing left to do')
    if (this.#isMoveDue) port.moveTo(this.#app, nowMs)
    this.#isMoveDue = false
    port.follow(nowMs)
    if (this.#retired.length === 0) return
    const isOver = ({ clientCount, retiredMs }: RetiredApp, index: number): boolean =>
      nowMs - retiredMs >= RETIRED_MS_MIN && (clientCount() === 0 || index < this.#retired.length - RETIRED_APPS_MAX)
    const over = this.#retired.filter(isOver)
    if (over.length === 0) return
    this.#retired = this.#retired.filter(each => !over.includes(each))
    for (const { app } of over) this.#options.release(app)
  }

  /**
   * Ends everything that is connected, TLS handshakes too. uWebSockets.js reads five of these per turn of the event loop. Those
   * that wait are not closed with their app, and one that is open when the thread exits aborts the process.
   */
  async endHandshakes(): Promise<void> {
    const { certificate, timers, nowMs } = this.#options
    assert(!this.isListening, 'no handshake begins any more')
    if (certificate === null) return
    const untilMs = nowMs() + HANDSHAKE_END_MS_MAX
    for (let turn = 0; turn < HANDSHAKE_END_TURNS && nowMs() < untilMs; turn += 1) {
      this.#closeApps()
      await new Promise<void>(resolve => timers.setImmediate(resolve))
    }
  }

  /** Releases every native handle at once. Safe to call again. */
  closeNow(): void {
    if (this.#isClosed) return
    this.stopListening()
    this.#isClosed = true
    assert(!this.isListening, 'a closed port does not listen')
    this.#closeApps()
  }

  #closeApps(): void {
    const { release } = this.#options
    for (const { app } of this.#retired) release(app)
    release(this.#app)
  }

  #newApp(): App {
    const { uws, certificate } = this.#options
    if (certificate === null) return uws.App()
    const { certPath, keyPath } = certificate
    try {
      return uws.SSLApp({ cert_file_name: certPath, key_file_name: keyPath })
    } catch (error) {
      throw new Error(`${certPath} or ${keyPath} cannot be used: ${(error as Error).message}`)
    }
  }
}

/** Throws when a file cannot be read. */
function fingerprintOf(certificate: CertificatePaths | null): string {
  if (certificate === null) return ''
  const hash = createHash('sha256')
  for (const path of [certificate.certPath, certificate.keyPath]) hash.update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}
