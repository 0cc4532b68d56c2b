// Judges what one client receives, frame by frame: order and content of the trade log, books, states.

import { STATUS_REASON_NAMES } from '@tradelane/shared/market/nouns'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import type { BookJudge } from './book-judge.js'
import type { JudgedMarket, JudgedMarkets } from './judged-markets.js'
import type { LiquidationFrame, LossJudge, TradeFrame, UpstreamGapFrame } from './loss-judge.js'
import type { Verdict } from './verdict.js'
import { START_WALL_US } from './virtual-world.js'

export interface StateFrame {
  readonly frame: Buffer
  /** When it came. */
  readonly atUs: number
}

export interface ClientJudgeOptions {
  readonly name: string
  readonly verdict: Verdict
  readonly markets: JudgedMarkets
  readonly log: LogFrames
  readonly books: BookJudge
  /** Defined for the client that must receive every record. */
  readonly loss: LossJudge | undefined
}

interface Event {
  readonly type?: undefined
  readonly exchange: string
  readonly instrument: { readonly base: string; readonly quote: string; readonly kind: string }
  readonly kind: string
  readonly seq: number
  readonly data: unknown
}

interface WelcomeFrame {
  readonly type: 'welcome'
  readonly stream: string
  readonly seq: number
}

type GapFrame =
  | ({ readonly type: 'gap'; readonly reason: 'upstream'; readonly seq: number } & UpstreamGapFrame & Named)
  | { readonly type: 'gap'; readonly reason: 'overrun'; readonly from: number; readonly to: number }
  | { readonly type: 'gap'; readonly reason: 'restart' }

type Named = Pick<Event, 'exchange' | 'instrument'>

interface StatusFrame {
  readonly type: 'status'
  readonly exchange: string
  readonly instrument: Event['instrument'] | null
  readonly product: string
  readonly of: string
  readonly state: string
  readonly since: string
  readonly reason: string
}

const REASONS = new Set<string>(Object.values(STATUS_REASON_NAMES))
const START = isoUs(START_WALL_US)
const EVENT_HEAD = Buffer.from('{"time_exchange"')
const KIND = Buffer.from('},"kind":"')
const EXCHANGE = Buffer.from('"exchange":')

export class ClientJudge {
  /** The last record of the trade log, for `?since=`. */
  lastSequence = 0
  stream = ''
  /** The newest frame of each instrument and kind of state, by the unchanging middle of the frame. */
  readonly states = new Map<string, StateFrame>()
  readonly #options: ClientJudgeOptions
  /** By the same. */
  readonly #marketOfKey = new Map<string, JudgedMarket | undefined>()
  #hasWelcome = false

  constructor(options: ClientJudgeOptions) {
    this.#options = options
  }

  /** `isResumed`: with `?since=`. */
  connected(isResumed: boolean): void {
    this.#hasWelcome = false
    if (!isResumed) this.lastSequence = 0
    this.#options.books.forget()
    this.states.clear()
  }

  accept(frame: Buffer, nowUs: number): void {
    if (!isEvent(frame)) {
      this.#acceptOther(frame)
      return
    }
    const kindStart = frame.indexOf(KIND) + KIND.length
    const kindEnd = frame.indexOf('"', kindStart)
    const kind = frame.toString('latin1', kindStart, kindEnd)
    if (kind === 'trade' || kind === 'liquidation') {
      this.#acceptRecord(JSON.parse(frame.toString('latin1')) as Event, frame)
      return
    }
    const key = frame.toString('latin1', frame.indexOf(EXCHANGE), kindEnd)
    if (kind !== 'order_book_l2') {
      this.states.set(key, { frame, atUs: nowUs })
      return
    }
    const market = this.#marketOf(key)
    if (market !== undefined) this.#options.books.book(market, frame, nowUs)
  }

  #acceptOther(frame: Buffer): void {
    const parsed = JSON.parse(frame.toString('latin1')) as WelcomeFrame | GapFrame | StatusFrame
    const { verdict, markets, books, name } = this.#options
    if ('kind' in parsed) verdict.report(`${name}: a ${parsed.type} frame with a top-level kind`)
    switch (parsed.type) {
      case 'welcome':
        if (this.#hasWelcome) verdict.report(`${name}: two welcomes`)
        this.#hasWelcome = true
        this.stream = parsed.stream
        if (this.lastSequence === 0) this.lastSequence = parsed.seq
        return
      case 'gap':
        verdict.gapFrames += 1
        this.#acceptGap(parsed, frame)
        return
      case 'status': {
        verdict.statusFrames += 1
        this.#checkStatus(parsed)
        const market = parsed.instrument === null ? undefined : markets.at(parsed.exchange, parsed.instrument)
        if (market !== undefined && parsed.of === 'order_book_l2') books.status(market, parsed.state)
      }
    }
  }

  #checkStatus(status: StatusFrame): void {
    const { name, verdict } = this.#options
    const { state, since, reason } = status
    const isOfThisProcess = since === START || (since > START && reason !== 'starting')
    const isConsistent = reason !== 'starting' || state === 'stale'
    if (!REASONS.has(reason) || !isOfThisProcess || !isConsistent)
      verdict.report(`${name}: impossible status ${JSON.stringify(status)}`)
  }

  #acceptGap(gap: GapFrame, frame: Buffer): void {
    const { name, verdict, loss, markets } = this.#options
    switch (gap.reason) {
      case 'upstream': {
        this.#meet(gap.seq, frame)
        const market = markets.at(gap.exchange, gap.instrument)
        if (market !== undefined) loss?.gap(market, gap)
        return
      }
      case 'overrun':
        if (loss !== undefined) verdict.report(`${name}: the log overtook a client that is near`)
        if (gap.from !== this.lastSequence + 1)
          verdict.report(`${name}: an overrun from ${gap.from} after ${this.lastSequence}`)
        this.lastSequence = gap.to
        verdict.announced += gap.to - gap.from + 1
        return
      case 'restart':
        verdict.report(`${name}: a restart was announced, and there was none`)
    }
  }

  #acceptRecord(event: Event, frame: Buffer): void {
    const { markets, loss, verdict, name } = this.#options
    this.#meet(event.seq, frame)
    const market = markets.at(event.exchange, event.instrument)
    if (market === undefined) verdict.report(`${name}: a trade of an unknown instrument`)
    else if (event.kind === 'trade') loss?.trade(market, event.data as TradeFrame)
    else loss?.liquidation(market, event.data as LiquidationFrame)
  }

  #meet(sequence: number, frame: Buffer): void {
    const { name, verdict, log } = this.#options
    if (!this.#hasWelcome) verdict.report(`${name}: the welcome is not the first frame`)
    if (sequence !== this.lastSequence + 1) verdict.report(`${name}: sequence ${sequence} after ${this.lastSequence}`)
    this.lastSequence = sequence
    if (!log.isSame(sequence, frame)) verdict.report(`${name}: sequence ${sequence} has other bytes than elsewhere`)
  }

  #marketOf(key: string): JudgedMarket | undefined {
    const known = this.#marketOfKey.get(key)
    if (known !== undefined) return known
    const { exchange, instrument } = JSON.parse(`{${key}"}`) as Named
    const market = this.#options.markets.at(exchange, instrument)
    this.#marketOfKey.set(key, market)
    return market
  }
}

function isEvent(frame: Buffer): boolean {
  for (let index = 0; index < EVENT_HEAD.length; index += 1) if (frame[index] !== EVENT_HEAD[index]) return false
  return true
}

/** A hash per sequence, from the client that received it first: all clients must receive the same bytes. */
export class LogFrames {
  readonly #hashes: number[] = []

  isSame(sequence: number, frame: Buffer): boolean {
    const hash = hashOf(frame)
    this.#hashes[sequence] ??= hash
    return this.#hashes[sequence] === hash
  }
}

function hashOf(frame: Buffer): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < frame.length; index += 1) hash = Math.imul(hash ^ frame[index]!, 0x01000193)
  return hash
}
