// One WebSocket client of the probe: opens as terminals do (bare upgrade, no compression), insists on the welcome, and hands
// its frames to the target; if so requested, it acknowledges them by message. Clients beyond the measured ones only drain and
// count, so that a probe with 500 clients is not the bottleneck.

import WebSocket from 'ws'
import { Acknowledger } from './acknowledger.js'
import { Overtaking } from './overtaking.js'
import type { MeasuredClient, ProbeTarget } from './probe-target.js'
import { SequenceOrder } from './sequence-order.js'

const OPEN_MS_MAX = 10_000
const FRAME_BYTES_MAX = 16 << 20
const WELCOME_HEAD_CHARS = 512
const WELCOME = /^\{"message":"[^"\\]*","timestamp":"[^"]*","type":"welcome"[,}]/

export class ProbeClient implements MeasuredClient {
  readonly index: number
  readonly isMeasured: boolean
  /** This client's frames are parsed and held against the schema. */
  readonly isReviewed: boolean
  readonly order: SequenceOrder
  readonly overtaking = new Overtaking()
  openedUs = 0
  /** What went wrong with this connection; null if nothing. */
  failure: string | null = null
  readonly #target: ProbeTarget
  readonly #socket: WebSocket
  readonly #acknowledger: Acknowledger | undefined
  #frameCounts = new Uint32Array(64)
  #hasFirst = false
  #isClosing = false
  #binaryCount = 0

  constructor(options: {
    target: ProbeTarget
    /** Of its handshake. */
    headers?: Readonly<Record<string, string>> | undefined
    index: number
    isMeasured: boolean
    isReviewed: boolean
    /** It acknowledges frames by message. */
    isAcknowledging?: boolean
  }) {
    this.#target = options.target
    this.index = options.index
    this.isMeasured = options.isMeasured
    this.isReviewed = options.isReviewed
    this.order = new SequenceOrder({ isFiltered: options.target.url.includes('?') })
    const { url } = options.target
    const isAcknowledging = options.isAcknowledging ?? false
    this.#socket = new WebSocket(isAcknowledging ? `${url}${url.includes('?') ? '&' : '?'}ack=1` : url, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: FRAME_BYTES_MAX,
      handshakeTimeout: OPEN_MS_MAX,
      headers: options.headers ?? {},
    })
    if (isAcknowledging) {
      this.#acknowledger = new Acknowledger(text => {
        if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text)
      })
    }
    this.#socket.on('message', (frame: Buffer, isBinary: boolean) => this.#onMessage(frame, isBinary))
    this.#socket.on('close', code => {
      if (!this.#isClosing) this.#fail(`closed by the server with ${code}`)
    })
    this.#socket.on('error', error => {
      if (!this.#isClosing) this.#fail(reasonOf(error.message))
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** Resolves once open, or failed. */
  async opened(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CONNECTING) return
    await new Promise<void>(resolve => {
      this.#socket.once('open', () => resolve())
      this.#socket.once('close', () => resolve())
    })
  }

  countFrame(seriesIndex: number): void {
    if (seriesIndex >= this.#frameCounts.length) {
      const counts = new Uint32Array(seriesIndex * 2)
      counts.set(this.#frameCounts)
      this.#frameCounts = counts
    }
    this.#frameCounts[seriesIndex] = this.frameCount(seriesIndex) + 1
  }

  frameCount(seriesIndex: number): number {
    return this.#frameCounts[seriesIndex] ?? 0
  }

  close(): void {
    this.#isClosing = true
    this.#socket.terminate()
    if (this.failure !== null) return
    if (!this.#hasFirst) this.#fail('no frame came')
    else if (this.#binaryCount > 0) this.#fail(`${this.#binaryCount} binary frames`)
  }

  #onMessage(received: Buffer, isBinary: boolean): void {
    const target = this.#target
    const localUs = target.clock.localUs()
    target.frames += 1
    target.bytes += received.length
    const frame = this.#acknowledger === undefined ? received : this.#acknowledge(this.#acknowledger, received)
    if (!this.#hasFirst) this.#onFirst(frame, localUs)
    if (!this.isMeasured) return
    if (isBinary) this.#binaryCount += 1
    else target.accept(this, frame, localUs)
  }

  /** Returns the frame as clients without acknowledgements are sent it. */
  #acknowledge(acknowledger: Acknowledger, frame: Buffer): Buffer {
    const plain = acknowledger.take(frame)
    if (plain === undefined) this.#fail(`not the next frame number: ${frame.toString('latin1', 0, 120)}`)
    return plain ?? frame
  }

  #onFirst(frame: Buffer, localUs: number): void {
    this.#hasFirst = true
    this.openedUs = localUs
    const head = frame.toString('latin1', 0, WELCOME_HEAD_CHARS)
    if (!WELCOME.test(head)) this.#fail(`the first frame is not the welcome: ${head.slice(0, 120)}`)
  }

  #fail(reason: string): void {
    this.failure ??= `client ${this.index}: ${reason}`
  }
}

function reasonOf(message: string): string {
  if (message.endsWith(' 401')) return `${message} (set AUTH_TOKEN or AUTH_TOKEN_FILE to the token of the server)`
  if (message.includes('certificate')) return `${message} (NODE_EXTRA_CA_CERTS names a file with its authority)`
  // Where every address of a name refused, Node's is empty.
  return message || 'connection refused'
}
