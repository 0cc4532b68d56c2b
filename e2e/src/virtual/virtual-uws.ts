// The gateway's server without a port: clients connect to it in virtual time. It ends a client from which nothing came for the
// idle timeout, as uWebSockets.js does.

import assert from 'node:assert/strict'
import type { App, HttpResponse, ListenSocket, SocketBehavior, Uws } from '@tradelane/gateway/uws'
import { ClientSocket, type ClientSocketEvents, type PathOptions } from './client-socket.js'
import type { VirtualTime } from './virtual-time.js'

/** The client's messages to the gateway; each takes the delay of the path. */
export interface ClientEnd {
  readonly socket: ClientSocket
  pong(payload: Buffer): void
  /** The server answers it itself; no handler runs. */
  ping(): void
}

const PORT = 9_001
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

  us_listen_socket_close(): void {
    this.isListening = false
  }

  us_socket_local_port(): number {
    return PORT
  }

  ws<UserData>(_pattern: string, behavior: SocketBehavior<UserData>): void {
    this.#behavior = behavior as SocketBehavior<unknown>
  }

  get(): void {
    // No client uses HTTP.
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
  accept(options: { query: string; address: string; path: PathOptions; client: ClientSocketEvents }): ClientEnd {
    const time = this.#time
    const behavior = this.#behavior
    assert(behavior?.upgrade !== undefined && this.isListening, 'the gateway is listening')
    const { query, address, path, client } = options
    const socket: ClientSocket = new ClientSocket({
      time,
      path,
      address,
      client,
      gateway: {
        maxBackpressureBytes: behavior.maxBackpressure ?? 65_536,
        copyOf: this.#copyOf,
        onDrain: () => behavior.drain?.(socket),
        onClose: code => {
          this.#heardUs.delete(socket)
          behavior.close?.(socket, code, new ArrayBuffer(0))
        },
      },
    })
    this.#heardUs.set(socket, time.nowUs())
    behavior.upgrade(upgradeAnswer(socket), { getQuery: () => query, getHeader: () => '' }, {})
    behavior.open(socket)
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

function upgradeAnswer(socket: ClientSocket): HttpResponse {
  const answer: HttpResponse = {
    writeStatus: () => answer,
    writeHeader: () => answer,
    end: () => assert.fail('every client is upgraded'),
    upgrade: userData => {
      socket.userData = userData
    },
  }
  return answer
}
