// What clients send: acknowledgements and pongs go to their credit. The rest is counted and ignored, and a client that sends too
// much of it is ended: existing ones send only pings, and no byte of theirs may disturb another client.

import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { CounterName } from '@tradelane/shared/thread/metric-table'
import { readAcknowledgement } from './acknowledgement.js'
import { MESSAGES_PER_WINDOW, STRAY_PONGS_PER_WINDOW } from './limits.js'
import { MessageRate } from './message-rate.js'
import type { Session } from './session.js'

export interface ClientInputOptions {
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly nowMs: () => number
}

/** How much of what is of no use one client has sent. */
export class InputRates {
  /** Pings too; valid acknowledgements not. */
  readonly messages = new MessageRate(MESSAGES_PER_WINDOW)
  readonly strayPongs = new MessageRate(STRAY_PONGS_PER_WINDOW)
}

export class ClientInput {
  readonly #options: ClientInputOptions

  constructor(options: ClientInputOptions) {
    this.#options = options
  }

  message(session: Session, rates: InputRates, message: ArrayBuffer, isBinary: boolean): void {
    if (this.#takeAcknowledgement(session, message, isBinary)) return
    this.#ignore(session)
    this.#limit(session, rates.messages, 'clientsEndedMessages', 'too many messages')
  }

  /** uWebSockets.js has answered it. */
  ping(session: Session, rates: InputRates): void {
    this.#options.counters.add('clientPings')
    this.#limit(session, rates.messages, 'clientsEndedMessages', 'too many messages')
  }

  pong(session: Session, rates: InputRates, payload: ArrayBuffer): void {
    const { counters, nowMs } = this.#options
    const atMs = nowMs()
    // Where the client acknowledges by message, whoever sent it may be an intermediary: it says nothing about what was read.
    const isByMessage = session.acknowledgesBy === 'message'
    if (session.credit.onPong(Buffer.from(payload), atMs)) {
      counters.add('pongs')
      if (!isByMessage) session.progressed(atMs)
      return
    }
    if (isByMessage) this.#ignore(session)
    else counters.add('pongsUnmatched')
    this.#limit(session, rates.strayPongs, 'clientsEndedPongs', 'too many unsolicited pongs')
  }

  /** False for any message that is not a valid acknowledgement. */
  #takeAcknowledgement(session: Session, message: ArrayBuffer, isBinary: boolean): boolean {
    if (session.acknowledgesBy !== 'message') return false
    const { counters, nowMs } = this.#options
    const atMs = nowMs()
    const number = isBinary ? Number.NaN : readAcknowledgement(message)
    if (!session.credit.onAcknowledged(number, atMs)) {
      counters.add('acksInvalid')
      return false
    }
    counters.add('acks')
    session.progressed(atMs)
    return true
  }

  #ignore(session: Session): void {
    this.#options.counters.add('clientMessagesIgnored')
    this.#options.limitedLog.write('debug', 'client message ignored', session.address)
  }

  /** One more of these from the client: too many end it, and nothing more of what it sent is read. */
  #limit(session: Session, rate: MessageRate, counter: CounterName, reason: string): void {
    const { nowMs, counters, limitedLog } = this.#options
    if (session.isClosing || rate.take(nowMs())) return
    counters.add(counter)
    limitedLog.write('warn', 'client ended', reason, { address: session.address })
    session.end(1008, reason, nowMs())
  }
}
