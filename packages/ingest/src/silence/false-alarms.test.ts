// The judge over recordings of the venues and over a simulated day of thin markets: no alarm where nothing was silent, and one in
// time where a kind is cut off from a recording.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InstrumentId, KIND_NAMES, Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { Capture } from '@tradelane/venues/test/capture-replay'
import { type CapturedLine, readLines, skipWithout } from '@tradelane/venues/test/feeds'
import { ProductFixture, productOf } from '@tradelane/venues/test/product-fixture'
import { JudgedFrames, KIND_OF_CLASS } from '../test/judged-frames.js'
import { SilenceJudge } from './silence-judge.js'

const RECORDINGS = [
  ['binance-futures_btcusdt_20240808_hft.ndjson.gz', 'binance-futures'],
  ['binance-futures_multi4_20210417_cf.ndjson.gz', 'binance-futures'],
  ['binance-spot_btcusdt_20240808_hft.ndjson.gz', 'binance-spot'],
  ['binance-spot_multi10_20210417_cf.ndjson.gz', 'binance-spot'],
  ['binance-spot_multi4_20211012_cf.ndjson.gz', 'binance-spot'],
  ['binance-tr_multi4_20230410_cf.ndjson', 'binance-spot'],
  ['binance-us_multi_20210417_cf.ndjson.gz', 'binance-spot'],
  ['bybit-linear_btc-sol_20260809_cf.ndjson.gz', 'bybit-linear'],
  ['bybit-linear_l1_20250613_cf.ndjson', 'bybit-linear'],
  ['bybit-spot_btc_20260809_cf.ndjson', 'bybit-spot'],
  ['bybit-spot_l1_20250613_cf.ndjson', 'bybit-spot'],
  ['okx_books_spot-fut_20220513_cf.ndjson.gz', 'okx-spot'],
  ['okx_l2tbt_20210722_cf.ndjson.gz', 'okx-spot'],
  ['okx_l2tbt_20210722_conn2_cf.ndjson.gz', 'okx-spot'],
  ['okx_l2tbt_20210722_conn3_cf.ndjson.gz', 'okx-spot'],
  ['okx_l2tbt_20220227_cf.ndjson.gz', 'okx-spot'],
] as const

interface TimedLine extends CapturedLine {
  /** Milliseconds; null in a recording without times. */
  readonly t: number | null
}

interface Recording {
  readonly lines: readonly TimedLine[]
  readonly symbols: ReadonlySet<string>
  /** Of which anything came. */
  readonly kinds: ReadonlySet<SubscribedKind>
}

function read(file: string, product: string): Recording {
  const lines = [...readLines<TimedLine>(file)]
  const { symbols } = new Capture(lines)
  const fixture = new ProductFixture(productOf(product), symbols)
  const kinds = new Set<SubscribedKind>()
  for (const { dir, raw } of lines) {
    const kind = dir === 'in' ? KIND_OF_CLASS[fixture.classify(raw)] : undefined
    if (kind !== undefined) kinds.add(kind)
  }
  return { lines, symbols, kinds }
}

/** `cut`: this kind is left out from half of the recording on. */
function replay({ lines, symbols, kinds }: Recording, product: string, cut?: SubscribedKind) {
  const judged = new JudgedFrames(productOf(product), symbols, kinds)
  const fixture = new ProductFixture(productOf(product), symbols)
  const times = lines.map(({ t }) => t).filter(t => t !== null)
  const [firstMs = 0, lastMs = 0] = [times[0], times.at(-1)]
  const cutMs = (firstMs + lastMs) / 2
  for (const { t, dir, raw } of lines) {
    if (t === null || dir !== 'in') continue
    if (cut !== undefined && t > cutMs && KIND_OF_CLASS[fixture.classify(raw)] === cut) continue
    judged.take(Buffer.from(raw), t * 1_000)
  }
  return { judged, seconds: (lastMs - firstMs) / 1_000, cutS: (cutMs - firstMs) / 1_000 }
}

for (const [file, product] of RECORDINGS) {
  test(`${file}: no alarm`, { skip: skipWithout(file) }, t => {
    const { judged, seconds } = replay(read(file, product), product)
    t.diagnostic(`${judged.frameCount} frames of ${judged.subjectCount} subjects in ${seconds.toFixed(1)} s`)
    assert.ok(judged.frameCount > 0)
    assert.deepEqual(judged.alarms, [])
  })
}

for (const [file, product] of RECORDINGS.filter(([name]) => name.includes('_hft'))) {
  for (const kind of [Kind.trade, Kind.orderBookL1, Kind.orderBookL2] as const) {
    const name = KIND_NAMES[kind]
    test(`${file}: ${name} is cut off, which is noticed within 15 s`, { skip: skipWithout(file) }, t => {
      const { judged, cutS } = replay(read(file, product), product, kind)
      t.diagnostic(judged.alarms.join('; '))
      const alarm = judged.alarms.find(text => text.includes(name))
      const atS = Number(/ at ([\d.]+) s$/.exec(alarm ?? '')?.[1])
      assert.ok(atS - cutS <= 15, `cut at ${cutS} s: ${alarm}`)
      assert.ok(judged.alarms.every(text => text.includes(name) || text.startsWith('all of')))
    })
  }
}

const MARKETS = 20
const KINDS = [Kind.trade, Kind.orderBookL1, Kind.orderBookL2] as const

interface ThinMarket {
  /** Clusters a second at a factor of 1, by kind. */
  readonly perS: readonly number[]
  readonly subjects: readonly number[]
  lullUntilS: number
  haltUntilS: number
}

/** Clusters at random moments, a few events each; all kinds of a market have its lulls and halts, and the hour of the day. */
class ThinDay {
  readonly alarms: string[] = []
  eventCount = 0
  lullCount = 0
  haltCount = 0
  readonly subjectCount = MARKETS * KINDS.length
  readonly #markets: ThinMarket[] = []
  readonly #wholes: number[]
  readonly #judge: SilenceJudge
  #seed: number
  #nowS = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#judge = new SilenceJudge({
      onSilent: (subject, cause, ageUs) =>
        this.alarms.push(`${subject} silent by ${cause} after ${ageUs / 1e6} s at ${this.#nowS} s`),
      onHeard: () => undefined,
    })
    this.#wholes = KINDS.map((_, connection) => this.#judge.add({ connection, of: null, heartbeatUs: null }))
    for (let index = 0; index < MARKETS; index += 1) {
      // A trade every 2 s to 10 minutes.
      const perS = 0.5 * 300 ** -(index / (MARKETS - 1))
      const of = (kind: SubscribedKind) => ({ instrument: index as InstrumentId, kind })
      const subjects = KINDS.map((kind, connection) => this.#judge.add({ connection, of: of(kind), heartbeatUs: null }))
      this.#markets.push({ perS: [perS, 4 * perS, 3 * perS], subjects, lullUntilS: 0, haltUntilS: 0 })
    }
    this.#judge.restart(null, 0)
  }

  run(seconds: number): void {
    for (this.#nowS = 1; this.#nowS <= seconds; this.#nowS += 1) {
      const hour = 0.55 + 0.45 * Math.cos((2 * Math.PI * this.#nowS) / 86_400)
      for (const market of this.#markets) this.#second(market, hour)
      this.#judge.look(this.#nowS * 1e6)
    }
  }

  #second(market: ThinMarket, hour: number): void {
    const { perS, subjects } = market
    if (this.#chance(1 / 14_400)) {
      market.lullUntilS = this.#nowS + 300 + 1_500 * this.#random()
      this.lullCount += 1
    }
    if (this.#chance(1 / 86_400)) {
      market.haltUntilS = this.#nowS + 3_600
      this.haltCount += 1
    }
    if (this.#nowS < market.haltUntilS) return
    const factor = hour * (this.#nowS < market.lullUntilS ? 0.2 : 1)
    for (const [kind, subject] of subjects.entries()) {
      if (!this.#chance(Math.min(1, factor * perS[kind]!))) continue
      let us = (this.#nowS - 1) * 1e6 + 5e5 * this.#random()
      do {
        this.#judge.heard(subject, us)
        this.#judge.heard(this.#wholes[kind]!, us)
        this.eventCount += 1
        us += 1e5 * this.#random()
      } while (this.#chance(0.6))
    }
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  /** Mulberry32. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

const SEEDS = process.env['STRESS_SEED'] === undefined ? [20_261_130, 1, 3] : [Number(process.env['STRESS_SEED'])]

for (const seed of SEEDS) {
  test(`a day of thin markets, with bursts, lulls and halts: no alarm; STRESS_SEED=${seed}`, t => {
    const day = new ThinDay(seed)
    day.run(86_400)
    t.diagnostic(
      `${day.eventCount} events of ${day.subjectCount} subjects, ${day.lullCount} lulls, ${day.haltCount} halts`,
    )
    assert.ok(day.eventCount > 500_000 && day.haltCount > 5)
    assert.deepEqual(day.alarms, [])
  })
}
