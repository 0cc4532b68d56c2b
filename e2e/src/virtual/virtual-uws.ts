// The gateway's server without a port: clients connect to it in virtual time. It ends a client from which nothing came for the
// idle timeout, as uWebSockets.js does.

import assert from 'node:assert/strict'
import type { App, HttpRequest, HttpResponse, ListenSocket, SocketBehavior, Uws } from '@tradelane/gateway/uws'
import { ClientSocket, type ClientSocketEvents, type PathOptions } from './client-socket.js'
import type { VirtualTime } from './virtual-time.js'

/** The client's messages to the gateway; each takes the delay of the path. */
export interface ClientEnd {
  readonly socket: ClientSocket
  pong(payload: Buffer): void
  send(text: string): void
  /** The server answers it itself; no handler runs. */
  ping(): void
}

const PORT = 9_001
const CLIENT_ADDRESS = [192, 0, 2, 1]
const IDLE_LOOK_US = 4_000_000

export class VirtualUws implements Uws, App {
  isListening = false
  readonly #time: VirtualTime
  #behavior: SocketBehavior<unknown> | undefined
  readonly #heardUs = new Map<ClientSocket, number>()
  /** The last frame of each length: all clients get the same bytes, so that one copy is enough. */
  readonly #copies = new Map<number, Buffer>()

  constructor(time: VirtualTime) {
    this.#time = time
    this.#lookForIdle()
  }

  App(): App {
    return this
  }

  SSLApp(): App {
    return assert.fail('no client uses TLS')
  }

  us_listen_socket_close(): void {
    this.isListening = false
  }

  us_socket_local_port(): number {
    return PORT
  }

  ws<UserData>(_pattern: string, behavior: SocketBehavior<UserData>): void {
    this.#behavior = behavior as SocketBehavior<unknown>
  }

  any(): void {
    // No client uses HTTP.
  }

  listen(_host: string, _port: number, _options: number, callback: (listening: ListenSocket | false) => void): void {
    this.isListening = true
    callback(this)
  }

  close(): void {
    for (const socket of this.#heardUs.keys()) if (!socket.isEnded) socket.cut()
  }

  /** A client's handshake arrived. */
  accept(options: { query: string; path: PathOptions; client: ClientSocketEvents }): ClientEnd {
    const time = this.#time
    const behavior = this.#behavior
    assert(behavior?.upgrade !== undefined && this.isListening, 'the gateway is listening')
    const { query, path, client } = options
    const handshake = new Handshake(query)
    const socket: ClientSocket = new ClientSocket({
      time,
      path,
      client,
      gateway: {
        maxBackpressureBytes: behavior.maxBackpressure ?? 65_536,
        copyOf: this.#copyOf,
        onDrain: () => behavior.drain?.(socket),
        onClose: code => {
          this.#heardUs.delete(socket)
          if (handshake.isUpgraded) behavior.close?.(socket, code, new ArrayBuffer(0))
          else handshake.onAborted()
        },
      },
    })
    this.#heardUs.set(socket, time.nowUs())
    handshake.onUpgrade = userData => {
      socket.userData = userData
      behavior.open(socket)
    }
    behavior.upgrade(handshake.response, handshake.request, {})
    const up = (deliver: () => void): void => {
      time.after(path.latencyUs, () => {
        if (socket.isEnded) return
        this.#heardUs.set(socket, time.nowUs())
        deliver()
      })
    }
    return {
      socket,
      pong: payload => up(() => behavior.pong?.(socket, new Uint8Array(payload).buffer)),
      send: text => up(() => behavior.message?.(socket, new Uint8Array(Buffer.from(text)).buffer, false)),
      ping: () => up(() => {}),
    }
  }

  readonly #copyOf = (frame: Uint8Array): Buffer => {
    const known = this.#copies.get(frame.length)
    if (known?.equals(frame)) return known
    const copy = Buffer.from(frame)
    this.#copies.set(frame.length, copy)
    return copy
  }

  #lookForIdle(): void {
    this.#time.after(IDLE_LOOK_US, () => {
      const idleUs = (this.#behavior?.idleTimeout ?? 0) * 1e6
      for (const [socket, heardUs] of this.#heardUs) if (this.#time.nowUs() - heardUs > idleUs) socket.cut()
      this.#lookForIdle()
    })
  }
}

/** A request that becomes a client, unless its connection ends before. */
class Handshake {
  isUpgraded = false
  onAborted: () => void = () => {}
  onUpgrade: (userData: unknown) => void = () => {}
  readonly request: HttpRequest
  readonly response: HttpResponse

  constructor(query: string) {
    this.request = { getMethod: () => 'get', getUrl: () => '/', getQuery: () => query, getHeader: () => '' }
    this.response = {
      getRemoteAddress: () => new Uint8Array(CLIENT_ADDRESS).buffer,
      onAborted: handler => {
        this.onAborted = handler
      },
      cork: work => work(),
      close: () => assert.fail('every client is upgraded'),
      writeStatus: () => assert.fail('every client is upgraded'),
      writeHeader: () => assert.fail('every client is upgraded'),
      end: () => assert.fail('every client is upgraded'),
      upgrade: userData => {
        this.isUpgraded = true
        this.onUpgrade(userData)
      },
    }
  }
}
