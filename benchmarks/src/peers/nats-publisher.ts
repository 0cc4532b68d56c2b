// The bridge's side of a NATS server: what the single loop makes becomes messages of two subjects, over NATS's own TCP protocol.
// What a turn of the loop has is one write.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FrameSink } from '../variants/single-loop/frame-sink.js'
import { STATE_SUBJECT, TRADE_SUBJECT } from './peer-protocol.js'

const CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"lang":"node","version":"0"}\r\n'

export class NatsPublisher implements FrameSink {
  readonly #socket: Socket
  #collected = ''
  readonly #flush = (): void => this.#write('')

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', bytes => {
      if (bytes.includes('PING\r\n')) socket.write('PONG\r\n')
      if (bytes.includes('-ERR')) throw new Error(`nats-server: ${bytes.toString('latin1')}`)
    })
  }

  static async connect(port: number): Promise<NatsPublisher> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    socket.write(CONNECT)
    return new NatsPublisher(socket)
  }

  /** At once, with the state before it. */
  sendLossless(json: string): void {
    this.#write(messageOf(TRADE_SUBJECT, json))
  }

  sendState(_cell: string, json: string): void {
    if (this.#collected === '') setImmediate(this.#flush)
    this.#collected += messageOf(STATE_SUBJECT, json)
  }

  withdraw(): void {
    // A broker keeps no state of its own.
  }

  close(): void {
    this.#socket.destroy()
  }

  #write(lossless: string): void {
    const text = this.#collected + lossless
    this.#collected = ''
    if (text !== '') this.#socket.write(text)
  }
}

function messageOf(subject: string, json: string): string {
  return `PUB ${subject} ${Buffer.byteLength(json)}\r\n${json}\r\n`
}
