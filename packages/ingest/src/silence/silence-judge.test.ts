import assert from 'node:assert/strict'
import test from 'node:test'
import { type InstrumentId, Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { Ages } from './ages.js'
import { HISTORY_US_MIN, SIBLINGS_US_MIN, SilenceJudge } from './silence-judge.js'

const S = 1_000_000
const BTC = 1 as InstrumentId
const ETH = 2 as InstrumentId
const CONNECTIONS: Partial<Record<SubscribedKind, number>> = {
  [Kind.trade]: 1,
  [Kind.orderBookL1]: 2,
  [Kind.orderBookL2]: 3,
}

/** Subjects that are heard at fixed intervals while they are on; a look each second. */
class Market {
  readonly events: string[] = []
  readonly judge = new SilenceJudge({
    onSilent: (subject, cause) => this.events.push(`${this.#names[subject]} silent by ${cause} at ${this.nowUs / S}`),
    onHeard: subject => this.events.push(`${this.#names[subject]} heard at ${this.nowUs / S}`),
  })
  readonly #names: string[] = []
  readonly #everyUs = new Map<number, number>()
  nowUs = 0

  add(name: string, instrument: InstrumentId, kind: SubscribedKind, heartbeatUs: number | null = null): number {
    const of = { instrument, kind }
    const subject = this.judge.add({ connection: CONNECTIONS[kind] ?? 9, of, heartbeatUs })
    this.#names[subject] = name
    return subject
  }

  whole(name: string, connection: number): number {
    const subject = this.judge.add({ connection, of: null, heartbeatUs: null })
    this.#names[subject] = name
    return subject
  }

  up(...connections: number[]): void {
    for (const connection of connections) this.judge.restart(connection, this.nowUs)
  }

  every(subject: number, us: number): this {
    this.#everyUs.set(subject, us)
    return this
  }

  stop(...subjects: number[]): this {
    for (const subject of subjects) this.#everyUs.delete(subject)
    return this
  }

  /** In steps of 50 ms. */
  run(seconds: number): string[] {
    const from = this.events.length
    for (let step = 0; step < seconds * 20; step += 1) {
      this.nowUs += S / 20
      for (const [subject, us] of this.#everyUs) if (this.nowUs % us === 0) this.judge.heard(subject, this.nowUs)
      if (this.nowUs % S === 0) this.judge.look(this.nowUs)
    }
    return this.events.slice(from)
  }
}

test('a busy subject without siblings is silent by its own history, within 15 s', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  market.up(1)
  market.every(trades, S / 4).run(8)
  const [first, ...others] = market.stop(trades).run(60)
  assert.match(first ?? '', /^trades silent by history/)
  assert.ok(Number(first?.split(' ').at(-1)) - 8 <= 15)
  assert.deepEqual(others, [], 'it is reported once')
  assert.ok(market.judge.isSilent(trades))
  assert.match(market.every(trades, S).run(2)[0] ?? '', /^trades heard/)
})

test('what was silent for less than four times its longest interval is not', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  market.up(1)
  market.every(trades, 10 * S).run(600 * 10)
  assert.deepEqual(market.stop(trades).run(39), [])
  assert.equal(market.run(20).length, 1)
})

test('a subject that was dropped is the sibling of none that is added later', () => {
  const market = new Market()
  const tops = market.add('tops', BTC, Kind.orderBookL1)
  market.up(2)
  market.every(tops, S / 4).run(30)
  market.stop(tops).judge.drop(2)
  const trades = market.add('trades', BTC, Kind.trade)
  const others = market.add('others', ETH, Kind.trade)
  const whole = market.whole('connection', 1)
  market.up(1)
  for (const subject of [trades, others, whole]) market.every(subject, S / 4)
  market.run(10)
  assert.match(market.stop(trades).run(15)[0] ?? '', /^trades silent by history/)
})

test('a thin subject that is not learned yet is never silent', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  market.up(1)
  market.every(trades, 12 * S).run(200)
  assert.deepEqual(market.stop(trades).run(3_600), [])
})

test('it trades and its book stands still: the siblings prove it sooner', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 3)
  market
    .every(trades, S / 4)
    .every(book, S / 4)
    .run(60)
  const [silent] = market.stop(book).run(30)
  assert.match(silent ?? '', /^book silent by siblings/)
  const ageS = Number(silent?.split(' ').at(-1)) - 60
  assert.ok(ageS * S > SIBLINGS_US_MIN && ageS * S < HISTORY_US_MIN, `${ageS} s`)
})

test('after an hour in which nothing moved, the siblings prove a silence as soon', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 3)
  const resume = (): unknown => market.every(trades, S / 4).every(book, S / 4)
  resume()
  market.run(60)
  market.stop(trades, book).run(3_600)
  resume()
  market.run(60)
  const fromUs = market.nowUs
  const [silent] = market.stop(book).run(30)
  assert.match(silent ?? '', /^book silent by siblings/)
  assert.ok(Number(silent?.split(' ').at(-1)) * S - fromUs < HISTORY_US_MIN)
})

test('what is quiet while its list says that it is halted teaches nothing', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  market.up(1)
  market.every(trades, S / 4).run(60)
  market.stop(trades).run(10)
  market.judge.setHalted(BTC, true, market.nowUs)
  assert.deepEqual(market.run(3_600), [])
  market.every(trades, S / 4).run(60)
  const fromS = market.nowUs / S
  const [silent] = market.stop(trades).run(60)
  assert.match(silent ?? '', /^trades silent by history/)
  assert.ok(Number(silent?.split(' ').at(-1)) - fromS <= 15)
})

test('its top moves and no trade comes: as soon', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const tops = market.add('tops', BTC, Kind.orderBookL1)
  market.up(1, 2)
  market
    .every(trades, S / 2)
    .every(tops, S / 5)
    .run(60)
  assert.match(market.stop(trades).run(9)[0] ?? '', /^trades silent by siblings/)
})

test('a market that slows down altogether is not silent', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 3)
  market
    .every(trades, 5 * S)
    .every(book, S / 2)
    .run(1_800)
  assert.deepEqual(
    market
      .every(trades, 100 * S)
      .every(book, 12 * S)
      .run(3_600),
    [],
  )
})

test('an instrument that stops altogether while its neighbours go on is halted, not silent', () => {
  const market = new Market()
  const kinds = [Kind.trade, Kind.orderBookL1, Kind.orderBookL2]
  const btc = kinds.map(kind => market.add(`btc ${kind}`, BTC, kind))
  const eth = kinds.map(kind => market.add(`eth ${kind}`, ETH, kind))
  const wholes = [1, 2, 3].map(connection => market.whole(`connection ${connection}`, connection))
  market.up(1, 2, 3)
  for (const subject of [...btc, ...eth, ...wholes]) market.every(subject, S / 4)
  market.run(120)
  assert.deepEqual(market.stop(...btc).run(3_600), [])
})

test('when all instruments stop, the venue or the way to it is silent', () => {
  const market = new Market()
  const all = [BTC, ETH].flatMap(id =>
    [Kind.trade, Kind.orderBookL1].map(kind => market.add(`${id} ${kind}`, id, kind)),
  )
  const whole = market.whole('connection 1', 1)
  market.up(1, 2)
  for (const subject of [...all, whole]) market.every(subject, S / 4)
  market.run(60)
  assert.equal(market.stop(...all, whole).run(20).length, 5)
})

test('thin subjects of one connection are judged together', () => {
  const market = new Market()
  const thin = Array.from({ length: 20 }, (_, index) =>
    market.add(`t${index}`, (index + 10) as InstrumentId, Kind.trade),
  )
  const whole = market.whole('connection', 1)
  market.up(1)
  for (const subject of thin) market.every(subject, 40 * S)
  market.every(whole, 2 * S).run(300)
  assert.match(market.stop(...thin, whole).run(40)[0] ?? '', /^connection silent by history/)
})

test("the venue's own heartbeat decides without any history", () => {
  const market = new Market()
  const book = market.add('book', BTC, Kind.orderBookL2, 60 * S)
  market.up(3)
  assert.match(market.run(100)[0] ?? '', /^book silent by heartbeat at 76/)
  market.every(book, 60 * S).run(60)
  assert.deepEqual(market.run(3_600), [])
})

test('a book that never came while its tops move is silent; trades may be rare', () => {
  const market = new Market()
  const tops = market.add('tops', BTC, Kind.orderBookL1)
  market.add('book', BTC, Kind.orderBookL2)
  market.add('trades', BTC, Kind.trade)
  market.up(1, 2, 3)
  const events = market.every(tops, S / 4).run(120)
  assert.equal(events.length, 1)
  assert.match(events[0] ?? '', /^book silent by first/)
})

test('a book of which only the first frame came while it trades is silent; one that is quiet with its trades is not', () => {
  for (const isTrading of [true, false]) {
    const market = new Market()
    const trades = market.add('trades', BTC, Kind.trade)
    const tops = market.add('tops', BTC, Kind.orderBookL1)
    const book = market.add('book', BTC, Kind.orderBookL2)
    market.up(1, 2, 3)
    // The venue repeats tops, whether they move or not.
    market.every(tops, 3 * S)
    if (isTrading) market.every(trades, S / 2)
    market.run(1)
    market.judge.heard(book, market.nowUs)
    const events = market.run(3_600)
    assert.equal(events.length, isTrading ? 1 : 0, events.join())
    if (isTrading) assert.match(events[0] ?? '', /^book silent by siblings/)
  }
})

test('what still comes of a halted instrument does not make it silent; its first trade ends the halt', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 3)
  for (const subject of [trades, book]) market.every(subject, S / 4)
  market.run(60)
  market.stop(trades, book).judge.setHalted(BTC, true, market.nowUs)
  market.run(5)
  // Someone cancelled an order.
  market.judge.heard(book, market.nowUs)
  assert.deepEqual(market.run(600), [])
  market.judge.heard(trades, market.nowUs)
  assert.match(market.run(60)[0] ?? '', /^(trades|book) silent/)
})

test('a new connection starts all ages again, and what was learned stays', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  market.up(1)
  market.every(trades, S / 4).run(60)
  market.stop(trades).run(11)
  market.up(1)
  assert.deepEqual(market.run(11), [])
  assert.match(market.run(3)[0] ?? '', /^trades silent by history/)
})

test('what is closed is not judged, and says nothing about its siblings', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 3)
  market
    .every(trades, S / 4)
    .every(book, S / 4)
    .run(60)
  market.judge.drop(3)
  assert.deepEqual(market.stop(book).run(60), [])
  assert.match(market.stop(trades).run(20)[0] ?? '', /^trades silent by history/)
})

test('a silence that another connection ended teaches nothing; one that the market ended does', () => {
  for (const isFault of [true, false]) {
    const market = new Market()
    const trades = market.add('trades', BTC, Kind.trade)
    market.up(1)
    market.every(trades, S / 4).run(600)
    market.stop(trades).run(100)
    if (isFault) market.judge.handedOver(1, market.nowUs)
    market.every(trades, S / 4).run(600)
    const again = market.stop(trades).run(60)
    assert.equal(again.length, isFault ? 1 : 0)
  }
})

test('a quiet time of a whole instrument does not teach that its siblings go on without it', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const tops = market.add('tops', BTC, Kind.orderBookL1)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 2, 3)
  for (const subject of [trades, tops, book]) market.every(subject, S / 4)
  market.run(600)
  assert.equal(market.stop(trades, tops, book).run(40).length, 3)
  for (const subject of [trades, tops]) market.every(subject, S / 4)
  market.run(2)
  market.every(book, S / 4).run(600)
  const fromS = market.nowUs / S
  const [silent] = market.stop(book).run(60)
  assert.match(silent ?? 'nothing', /^book silent by siblings/)
  assert.ok(Number(silent?.split(' ').at(-1)) - fromS <= 15, silent)
})

test('tops that are repeated while nothing moves do not make a silent book go unnoticed later', () => {
  const market = new Market()
  const trades = market.add('trades', BTC, Kind.trade)
  const tops = market.add('tops', BTC, Kind.orderBookL1)
  const book = market.add('book', BTC, Kind.orderBookL2)
  market.up(1, 2, 3)
  for (const subject of [trades, tops, book]) market.every(subject, S / 4)
  market.run(600)
  market
    .stop(trades, book)
    .every(tops, 3 * S)
    .run(42)
  for (const subject of [trades, tops, book]) market.every(subject, S / 4)
  market.run(600)
  const fromS = market.nowUs / S
  const [silent] = market.stop(book).run(60)
  assert.match(silent ?? 'nothing', /^book silent by siblings/)
  assert.ok(Number(silent?.split(' ').at(-1)) - fromS <= 20, silent)
})

test('the expected false alarms a day, of arrivals at random moments, stay below what ages.ts claims', () => {
  // Longest of n exponential intervals against the next: the claim is n * factor! / n^factor a memory.
  const count = 256
  const factor = 2
  let random = 12_345
  const next = (): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    return -Math.log((random + 1) / 4_294_967_297)
  }
  let alarms = 0
  const rounds = 4_000
  for (let round = 0; round < rounds; round += 1) {
    const ages = new Ages()
    const subject = ages.add()
    let us = 0
    for (let index = 0; index < count; index += 1) {
      us += 1e6 * next()
      ages.heard(subject, us)
    }
    for (let index = 0; index < count; index += 1) if (1e6 * next() > factor * ages.longestUs(subject)) alarms += 1
  }
  const claimed = (rounds * count * 2) / count ** factor
  assert.ok(alarms < 1.5 * claimed && alarms > 0, `${alarms} of ${claimed}`)
})
