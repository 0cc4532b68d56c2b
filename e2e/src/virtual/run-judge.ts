// The judge of a run: one judge per client, regular checks of the books at the near client, and checks of the final state.

import { BookJudge, BookTexts } from './book-judge.js'
import { ClientJudge, LogFrames } from './client-judge.js'
import { connectExcess } from './connect-limits.js'
import { Disturbances } from './disturbances.js'
import { JudgedMarkets } from './judged-markets.js'
import { LossJudge } from './loss-judge.js'
import { type Level, TopTruth } from './top-truth.js'
import type { VenueConnection } from './venue-connection.js'
import { Verdict } from './verdict.js'
import type { ClientSpec } from './virtual-client.js'
import { START_US, type VirtualWorld } from './virtual-world.js'

const LOOK_US = 250_000
const ON_ITS_WAY_US = 2_000_000

interface JudgedClient {
  readonly spec: ClientSpec
  readonly judge: ClientJudge
  readonly books: BookJudge
}

interface TopFrame {
  readonly exchange: string
  readonly instrument: { readonly base: string; readonly quote: string; readonly kind: string }
  readonly kind: string
  readonly data: { readonly best_bid: Level; readonly best_ask: Level }
}

export class RunJudge {
  readonly verdict: Verdict
  readonly disturbances: Disturbances
  readonly markets: JudgedMarkets
  readonly #world: VirtualWorld
  readonly #loss: LossJudge
  readonly #log = new LogFrames()
  readonly #texts: BookTexts
  readonly #tops: TopTruth
  readonly #clients: JudgedClient[] = []

  /** `startUs`: the end of the start-up. */
  constructor(world: VirtualWorld, startUs: number) {
    const { truth, topology, time } = world
    this.#world = world
    this.verdict = new Verdict(() => time.nowUs() - START_US)
    this.disturbances = new Disturbances(startUs)
    const withBooks = new Set(topology.shards.flatMap(shard => shard.instruments))
    const { products, instruments } = topology
    this.markets = new JudgedMarkets({ truth, products, instruments, hasBook: ({ id }) => withBooks.has(id) })
    this.#loss = new LossJudge(this.verdict)
    this.#texts = new BookTexts(this.verdict)
    this.#tops = new TopTruth(world.venues)
    world.onConnectionEnded = this.#ended
    world.onFinding = what => this.verdict.report(what)
    this.#look()
  }

  judgeOf(spec: ClientSpec): ClientJudge {
    const { verdict, markets } = this
    const books = new BookJudge(verdict, this.#texts)
    const loss = spec.isNear ? this.#loss : undefined
    const judge = new ClientJudge({ name: spec.name, verdict, markets, log: this.#log, books, loss })
    this.#clients.push({ spec, judge, books })
    return judge
  }

  /** After everything had time to arrive. */
  finish(): void {
    this.#loss.finish(this.markets.all)
    const near = this.#near()
    for (const client of this.#clients) {
      client.books.finish(this.markets.all, client.spec.name)
      if (client.judge.lastSequence !== near.judge.lastSequence) {
        this.verdict.report(`${client.spec.name}: at the end its trade log is at ${client.judge.lastSequence}`)
      }
      for (const [key, { frame, atUs }] of near.judge.states) {
        // Polls go on until the end: a state may not have reached the others yet.
        if (this.#world.time.nowUs() - atUs < ON_ITS_WAY_US) continue
        if (client.judge.states.get(key)?.frame.equals(frame) === true) continue
        this.verdict.report(`${client.spec.name}: at the end it has another ${key}`)
      }
    }
    this.#finishTops(near.judge)
    for (const [name, { attemptsUs }] of this.#world.network.hosts) {
      const excess = connectExcess(name, attemptsUs)
      if (excess !== undefined) this.verdict.report(`${name}: ${excess} connections within its window`)
    }
  }

  #finishTops(near: ClientJudge): void {
    const seen = new Set<string>()
    for (const { frame } of near.states.values()) {
      const { exchange, instrument, kind, data } = JSON.parse(frame.toString('latin1')) as TopFrame
      const market = this.markets.at(exchange, instrument)
      if (market === undefined || kind !== 'order_book_l1') continue
      seen.add(market.name)
      const top = this.#tops.of(market.product, market.symbol)
      if (isSame(data.best_bid, top?.bid) && isSame(data.best_ask, top?.ask)) continue
      this.verdict.report(`${market.name}: at the end its best bid and ask are not the venue's`)
    }
    for (const { name } of this.markets.all) {
      if (!seen.has(name)) this.verdict.report(`${name}: at the end there is no best bid and ask`)
    }
  }

  readonly #ended = (connection: VenueConnection): void => {
    for (const { name, product, symbol } of this.markets.all) {
      if (product !== connection.product) continue
      const isOf = ({ bookTopics }: VenueConnection): boolean => [...bookTopics].some(topic => topic.includes(symbol))
      if (!isOf(connection) || this.#isReplaced(connection, isOf)) continue
      this.disturbances.bookEnded(name, this.#world.time.nowUs())
    }
  }

  /** Another connection has taken over, or does so now: the book goes on. */
  #isReplaced(ended: VenueConnection, isOf: (connection: VenueConnection) => boolean): boolean {
    return [...this.#world.network.connections].some(
      each => each !== ended && each.product === ended.product && each.isOpen && isOf(each),
    )
  }

  readonly #look = (): void => {
    const { time } = this.#world
    if (this.#clients.length > 0) this.#near().books.look(this.markets.all, this.disturbances, time.nowUs())
    time.after(LOOK_US, this.#look)
  }

  #near(): JudgedClient {
    return this.#clients.find(({ spec }) => spec.isNear) as JudgedClient
  }
}

function isSame(shown: Level, published: Level | undefined): boolean {
  return shown.price === published?.price && shown.amount === published.amount
}
