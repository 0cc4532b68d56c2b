// A client in virtual time: it connects, answers pings or acknowledges frames, passes what it receives to the journal and its judge, and reconnects with
// `?since=` after an end. It can stop reading, or leave for some time.

import type { ClientJudge } from './client-judge.js'
import type { ClientSocketEvents, PathOptions } from './client-socket.js'
import type { RunJournal } from './run-journal.js'
import type { SeededRandom } from './seeded-random.js'
import type { VirtualTime } from './virtual-time.js'
import type { ClientEnd, VirtualUws } from './virtual-uws.js'

export interface ClientSpec {
  readonly name: string
  readonly path: PathOptions
  /** False: it never answers the gateway's pings; it sends its own. */
  readonly answersPings: boolean
  readonly isPacked: boolean
  /** It acknowledges frames by message; only one that is not judged. Something in front of it answers pings all the same. */
  readonly acknowledges: boolean
  /** On a fast path, always reading: its books are judged for freshness too. */
  readonly isNear: boolean
}

export const NEAR_CLIENT: ClientSpec = {
  name: 'near',
  path: { bytesPerS: 1e9, latencyUs: 100 },
  answersPings: true,
  isPacked: false,
  acknowledges: false,
  isNear: true,
}

export interface VirtualClientOptions {
  readonly spec: ClientSpec
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly journal: RunJournal
  readonly uws: VirtualUws
  /** Undefined for a msgpack client: what it receives is only noted. */
  readonly judge: ClientJudge | undefined
  readonly onFinding: (what: string) => void
}

const THINK_US_MAX = 400
const RETURN_US_MIN = 1_000_000
const RETURN_US_MAX = 3_000_000
const OWN_PING_US = 30_000_000

export class VirtualClient {
  readonly spec: ClientSpec
  readonly judge: ClientJudge | undefined
  frameCount = 0
  byteCount = 0
  /** How often its connection ended. */
  endedCount = 0
  readonly #options: VirtualClientOptions
  #end: ClientEnd | undefined
  /** Of the newest frame of this connection; and whether its acknowledgement is about to be sent. */
  #number = 0
  #isAcknowledging = false
  /** When the last pong was or will be sent: they keep the order of their pings. */
  #pongUs = 0
  /** Number of the newest connection. */
  #attempt = 0

  constructor(options: VirtualClientOptions) {
    this.#options = options
    this.spec = options.spec
    this.judge = options.judge
    this.#connect(false)
    if (!this.spec.answersPings) this.#pingOnward()
  }

  get isConnected(): boolean {
    return this.#end !== undefined
  }

  /** Until `readOn`. */
  stopReading(): void {
    this.#end?.socket.stopReading()
  }

  readOn(): void {
    this.#end?.socket.readOn()
  }

  /** Returns after `us` and resumes. */
  leave(us: number): void {
    const { time } = this.#options
    this.#end?.socket.leave(1001)
    this.#end = undefined
    this.#attempt += 1
    time.after(us, () => this.#connect(true))
  }

  #connect(isResumed: boolean): void {
    const { spec, time, uws, judge, random } = this.#options
    const hasSince = isResumed && judge !== undefined && judge.stream !== ''
    const since = hasSince ? `since=${judge.stream}:${judge.lastSequence}` : ''
    const query = [since, spec.isPacked ? 'format=msgpack' : '', spec.acknowledges ? 'ack=1' : '']
      .filter(Boolean)
      .join('&')
    this.#number = 0
    judge?.connected(hasSince)
    this.#attempt += 1
    time.after(3 * spec.path.latencyUs + random.below(THINK_US_MAX), () => {
      const client = this.#events()
      this.#end = uws.accept({ query, path: spec.path, client })
    })
  }

  /** Of one connection; events of an earlier one are ignored. */
  #events(): ClientSocketEvents {
    const { spec, time, random, journal, judge } = this.#options
    const attempt = this.#attempt
    const isCurrent = (): boolean => attempt === this.#attempt
    return {
      onFrame: frame => {
        if (!isCurrent()) return
        this.frameCount += 1
        this.byteCount += frame.length
        journal.noteFrame(time.nowUs(), spec.name, frame)
        if (spec.acknowledges) this.#acknowledge()
        judge?.accept(frame, time.nowUs())
      },
      onPing: payload => {
        const end = this.#end
        if (!isCurrent() || !spec.answersPings) return
        this.#pongUs = Math.max(this.#pongUs + 1, time.nowUs() + random.below(THINK_US_MAX))
        time.at(this.#pongUs, () => end?.pong(payload))
      },
      onClose: code => {
        if (isCurrent()) this.#ended(code)
      },
    }
  }

  /** The newest of the frames that came meanwhile: they are numbered from 1. */
  #acknowledge(): void {
    const { time, random } = this.#options
    this.#number += 1
    if (this.#isAcknowledging) return
    this.#isAcknowledging = true
    const [end, attempt] = [this.#end, this.#attempt]
    time.after(random.below(THINK_US_MAX), () => {
      this.#isAcknowledging = false
      if (attempt === this.#attempt) end?.send(`{"op":"ack","n":${this.#number}}`)
    })
  }

  #ended(code: number): void {
    const { spec, time, random, journal, onFinding } = this.#options
    this.endedCount += 1
    this.#end = undefined
    journal.note(time.nowUs(), `${spec.name}x`, String(code))
    if (spec.isNear) onFinding(`${spec.name}: the gateway ended it with ${code}`)
    time.after(random.between(RETURN_US_MIN, RETURN_US_MAX), () => this.#connect(true))
  }

  #pingOnward(): void {
    this.#options.time.after(OWN_PING_US, () => {
      this.#end?.ping()
      this.#pingOnward()
    })
  }
}
