// The bridge's side of nginx with nchan: one WebSocket that publishes, one message per frame.

import { once } from 'node:events'
import WebSocket from 'ws'
import type { FrameSink } from '../variants/single-loop/frame-sink.js'

export class NchanPublisher implements FrameSink {
  readonly #socket: WebSocket
  #isClosing = false

  private constructor(socket: WebSocket) {
    this.#socket = socket
    // nchan confirms each message, which is not needed here.
    socket.on('message', () => {})
    socket.on('close', code => {
      if (!this.#isClosing) throw new Error(`nginx closed the publisher's connection with ${code}`)
    })
  }

  static async connect(port: number): Promise<NchanPublisher> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/publish`, { perMessageDeflate: false })
    await once(socket, 'open')
    return new NchanPublisher(socket)
  }

  sendLossless(json: string): void {
    this.#socket.send(json)
  }

  sendState(_cell: string, json: string): void {
    this.#socket.send(json)
  }

  withdraw(): void {
    // A broker keeps no state of its own.
  }

  close(): void {
    this.#isClosing = true
    this.#socket.terminate()
  }
}
