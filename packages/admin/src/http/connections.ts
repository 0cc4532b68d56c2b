// What each connection has requested and not yet read. A connection that requests without reading, or does not take an answer
// in time, is cut off: its answers would stay in memory.

import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  ANSWER_MS_MAX,
  ANSWERS_UNREAD_MAX,
  CUT_ADDRESSES_MAX,
  CUT_PAUSE_MS,
  REQUESTS_PER_CONNECTION_MAX,
} from '../limits.js'

interface Connection {
  requestCount: number
  /** Answers that the system has not taken yet. */
  unreadCount: number
  /** Since when the oldest of them waits. */
  unreadMs: number
  /** It is closed behind the last answer: what it still sends is not read. */
  isClosing: boolean
}

export class Connections {
  readonly #nowMs: () => number
  readonly #connections = new Map<Socket, Connection>()
  /** When a connection of this address was cut off. */
  readonly #cutMs = new Map<string, number>()
  readonly #onCut: (address: string | undefined) => void

  /** `onCut`: called for each connection that is cut off, with its address. */
  constructor(nowMs: () => number, onCut: (address: string | undefined) => void) {
    this.#nowMs = nowMs
    this.#onCut = onCut
  }

  get size(): number {
    return this.#connections.size
  }

  /** False: it was closed, because one from its address was cut off just now. */
  add(socket: Socket): boolean {
    assert(!this.#connections.has(socket), 'a connection opens once')
    if (this.#isPaused(socket.remoteAddress)) {
      socket.destroy()
      return false
    }
    this.#connections.set(socket, { requestCount: 0, unreadCount: 0, unreadMs: 0, isClosing: false })
    socket.once('close', () => this.#connections.delete(socket))
    return true
  }

  /** An answer will follow. False: the connection is gone, or was cut off for this request. */
  request(socket: Socket, response: ServerResponse): boolean {
    const connection = this.#connections.get(socket)
    // One read may hold thousands of requests: Node parses all of them, although the connection was cut off.
    if (connection === undefined || connection.isClosing || socket.destroyed) return false
    if (connection.unreadCount === ANSWERS_UNREAD_MAX) {
      this.#cut(socket)
      return false
    }
    if (connection.unreadCount === 0) connection.unreadMs = this.#nowMs()
    connection.unreadCount += 1
    connection.requestCount += 1
    if (connection.requestCount === REQUESTS_PER_CONNECTION_MAX) this.closeBehind(socket, response)
    response.once('close', () => {
      connection.unreadCount -= 1
      assert(connection.unreadCount >= 0, 'an answer leaves once')
      connection.unreadMs = this.#nowMs()
    })
    return true
  }

  /** To be called often: cuts off those that do not read. */
  sweep(): void {
    const nowMs = this.#nowMs()
    for (const address of this.#cutMs.keys()) this.#isPaused(address)
    for (const [socket, { unreadCount, unreadMs }] of this.#connections) {
      if (unreadCount > 0 && nowMs - unreadMs > ANSWER_MS_MAX) this.#cut(socket)
    }
  }

  /** Closes the connection behind this answer. */
  closeBehind(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket)
    assert(connection !== undefined && !response.headersSent, 'an answer says that it is the last')
    connection.isClosing = true
    response.shouldKeepAlive = false
  }

  hasUnread(socket: Socket): boolean {
    return (this.#connections.get(socket)?.unreadCount ?? 0) > 0
  }

  #isPaused(address: string | undefined): boolean {
    const cutMs = address === undefined ? undefined : this.#cutMs.get(address)
    if (address === undefined || cutMs === undefined) return false
    if (this.#nowMs() - cutMs < CUT_PAUSE_MS) return true
    this.#cutMs.delete(address)
    return false
  }

  #cut(socket: Socket): void {
    const { remoteAddress } = socket
    if (remoteAddress !== undefined && this.#cutMs.size < CUT_ADDRESSES_MAX)
      this.#cutMs.set(remoteAddress, this.#nowMs())
    socket.destroy()
    this.#onCut(remoteAddress)
  }
}
