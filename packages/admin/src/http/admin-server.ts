// The HTTP server of the admin thread: node:http with its limits, the gate in front of the routes, and what ends connections.
//
//   connection ─▶ node:http (parser, its own limits) ─▶ connections ─▶ request gate ─▶ routes

import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import type { AccessRules, CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import type { Timers } from '@tradelane/shared/thread/timers'
import * as limits from '../limits.js'
import { addPageRoutes, type PageSources } from '../page/page-routes.js'
import { Connections } from './connections.js'
import { PortOpener } from './port-opener.js'
import { type Refusal, RequestGate, refuse } from './request-gate.js'
import { newRoutes, type Reports } from './routes.js'
import { renewCertificate, tlsOptionsOf } from './server-certificate.js'

export interface AdminServerOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Names that a request may use, beside loopback names. */
  readonly hostNames: readonly string[]
  readonly access: AccessRules
  /** Null: without TLS. */
  readonly certificate: CertificatePaths | null
  readonly reports: Reports
  readonly page: PageSources
  readonly counters: Pick<Counters, 'add'>
  readonly log: Log
  readonly timers: Timers
  readonly nowMs: () => number
  readonly onListening: (port: number) => void
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export class AdminServer {
  readonly #options: AdminServerOptions
  readonly #counters: Pick<Counters, 'add'>
  readonly #limitedLog: RateLimitedLog
  readonly #server: Server | TlsServer
  readonly #connections: Connections
  readonly #gate: RequestGate
  readonly #opener: PortOpener
  readonly #serve: Listener

  constructor(options: AdminServerOptions) {
    const { reports, page, counters, log, nowMs } = options
    this.#counters = counters
    this.#limitedLog = new RateLimitedLog(log, { nowMs })
    this.#connections = new Connections(nowMs, address => this.#cut(address))
    this.#gate = new RequestGate({ ...options, isOpen: path => page.site.has(path) })
    const routes = newRoutes(reports, this.#limitedLog)
    addPageRoutes(routes, page)
    this.#serve = getRequestListener(routes.fetch) as Listener
    this.#server = newServer(options.certificate)
    this.#options = options
    this.#listen()
    this.#opener = new PortOpener({ ...options, server: this.#server })
  }

  open(): void {
    this.#opener.open()
  }

  /** Connections stay. */
  renewCertificate(): void {
    const { certificate, log } = this.#options
    assert(certificate !== null && 'setSecureContext' in this.#server, 'only a server with TLS has a certificate')
    renewCertificate(this.#server, certificate, log)
  }

  /** To be called some times a second. */
  sweep(): void {
    this.#connections.sweep()
  }

  close(): void {
    this.#opener.close()
    if (this.#server.listening) this.#server.close()
    this.#server.closeAllConnections()
  }

  #listen(): void {
    const server = this.#server
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => this.#request(request, response)
    // With TLS, the socket of which requests are read; handshakes have a limit of their own.
    server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
      if (!this.#connections.add(socket)) this.#counters.add('adminConnectionsRefused')
    })
    server.on('request', onRequest)
    // Node would ask for the body of a request that is refused for having one.
    server.on('checkContinue', onRequest)
    server.on('checkExpectation', onRequest)
    server.on('drop', data => this.#refused(data?.remoteAddress))
    server.on('clientError', (error, socket) => this.#invalid(error, socket))
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    if (!this.#connections.request(socket, response)) return
    const refusal = this.#gate.check(request)
    if (refusal === null) this.#serve(request, response).catch(() => socket.destroy())
    else this.#refuse(socket, response, refusal)
  }

  #refuse(socket: Socket, response: ServerResponse, refusal: Refusal): void {
    this.#connections.closeBehind(socket, response)
    this.#warn('admin request refused', socket.remoteAddress, { status: refusal.status })
    refuse(response, refusal)
  }

  #invalid(error: Error & { readonly code?: string }, socket: Duplex): void {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') {
      const status = STATUS_OF_ERROR[error.code ?? ''] ?? '400 Bad Request'
      this.#counters.add('adminRequestsInvalid')
      this.#warn('admin request refused', (socket as Socket).remoteAddress, { status })
      // Behind an answer that is on its way it would be taken for a part of it.
      if (socket.writable && !this.#connections.hasUnread(socket as Socket)) {
        socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      }
    }
    socket.destroy()
  }

  #refused(address: string | undefined): void {
    this.#counters.add('adminConnectionsRefused')
    this.#warn('admin connection refused, too many are open', address)
  }

  #cut(address: string | undefined): void {
    this.#counters.add('adminConnectionsCut')
    this.#warn('admin connection cut off, it did not read its answers', address)
  }

  #warn(message: string, address: string | undefined, fields = {}): void {
    this.#limitedLog.write('warn', message, address ?? '', fields)
  }
}

/** By the code of Node's error. */
const STATUS_OF_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

function newServer(certificate: CertificatePaths | null): Server | TlsServer {
  const options = {
    maxHeaderSize: limits.HEADER_BYTES_MAX,
    headersTimeout: limits.REQUEST_MS_MAX,
    requestTimeout: limits.REQUEST_MS_MAX,
    connectionsCheckingInterval: limits.REQUEST_CHECK_MS,
    keepAliveTimeout: limits.KEEP_ALIVE_MS,
    // The gate refuses a request without a Host as one with a wrong Host.
    requireHostHeader: false,
  }
  const server =
    certificate === null ? createServer(options) : createTlsServer({ ...options, ...tlsOptionsOf(certificate) })
  server.maxConnections = limits.CONNECTIONS_MAX
  return server
}
