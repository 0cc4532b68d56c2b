// One client of a peer: as many WebSockets as its protocol has, whose frames count as those of one client.

import { Overtaking } from '@tradelane/probe/overtaking'
import type { MeasuredClient, ProbeTarget } from '@tradelane/probe/probe-target'
import { SequenceOrder } from '@tradelane/probe/sequence-order'
import WebSocket from 'ws'
import { connectionsOf, type PeerConnection, type PeerProtocol } from '../peers/peer-protocol.js'

const OPEN_MS_MAX = 10_000
const FRAME_BYTES_MAX = 16 << 20

export class PeerClient implements MeasuredClient {
  readonly index: number
  readonly isMeasured = true
  readonly isReviewed: boolean
  readonly order = new SequenceOrder({ isFiltered: false })
  readonly overtaking = new Overtaking()
  openedUs = 0
  /** What went wrong first; null if nothing. */
  failure: string | null = null
  readonly #target: ProbeTarget
  readonly #sockets: WebSocket[] = []
  readonly #opened: Promise<unknown>
  readonly #frameCounts: number[] = []
  #isClosing = false

  constructor(options: { target: ProbeTarget; protocol: PeerProtocol; index: number }) {
    this.#target = options.target
    this.index = options.index
    this.isReviewed = options.index === 0
    this.#opened = Promise.all(connectionsOf(options.protocol).map(connection => this.#connect(connection)))
  }

  /** Resolves once subscribed, or failed. */
  async opened(): Promise<void> {
    await this.#opened
    this.openedUs = this.#target.clock.localUs()
  }

  countFrame(seriesIndex: number): void {
    this.#frameCounts[seriesIndex] = this.frameCount(seriesIndex) + 1
  }

  frameCount(seriesIndex: number): number {
    return this.#frameCounts[seriesIndex] ?? 0
  }

  close(): void {
    this.#isClosing = true
    for (const socket of this.#sockets) socket.terminate()
  }

  #connect({ path, isBinary, reader: readerOf }: PeerConnection): Promise<void> {
    const target = this.#target
    const options = { perMessageDeflate: false, skipUTF8Validation: true, maxPayload: FRAME_BYTES_MAX }
    const socket = new WebSocket(`${target.url}${path}`, { ...options, handshakeTimeout: OPEN_MS_MAX })
    this.#sockets.push(socket)
    return new Promise(resolve => {
      let localUs = 0
      const reader = readerOf({
        send: text => socket.send(text, { binary: isBinary ?? false }),
        onReady: resolve,
        onFrame: frame => {
          target.frames += 1
          target.accept(this, frame, localUs)
        },
        onFailure: reason => this.#fail(reason),
      })
      socket.on('open', () => reader.open())
      socket.on('message', (message: Buffer) => {
        localUs = target.clock.localUs()
        target.bytes += message.length
        reader.read(message)
      })
      socket.on('close', code => {
        if (!this.#isClosing) this.#fail(`closed by the server with ${code}`)
        resolve()
      })
      socket.on('error', error => {
        if (!this.#isClosing) this.#fail(error.message || 'connection refused')
      })
    })
  }

  #fail(reason: string): void {
    this.failure ??= `client ${this.index}: ${reason}`
  }
}
