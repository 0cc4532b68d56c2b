// A running ingest thread with readers on its lanes. Used by this package's tests.

import { after } from 'node:test'
import type { DepthRecordKind, DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, SUBSCRIBED_KINDS } from '@tradelane/shared/market/nouns'
import { until } from './recorded-log.js'
import { TestIngest } from './test-ingest.js'
import { BINANCE, type LoggedRecord, type TestLanes } from './test-lanes.js'

/** Collects the records of the trade log. */
export class RecordReader {
  readonly records: LoggedRecord[] = []
  readonly #lanes: TestLanes

  constructor(lanes: TestLanes) {
    this.#lanes = lanes
  }

  async until(what: string, isThere: () => boolean, msMax?: number): Promise<void> {
    try {
      await until(
        what,
        () => {
          this.records.push(...this.#lanes.takeRecords())
          return isThere()
        },
        msMax,
      )
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}; the log has ${this.briefs().join(', ')}`)
    }
  }

  async count(count: number): Promise<void> {
    await this.until(`${count} records, not ${this.briefs().join(', ')}`, () => this.records.length >= count)
  }

  /** `btc 7`, `btc liq 100`, `btc missed 3`. */
  briefs(): string[] {
    return this.records.map(({ kind, json }) => {
      const { base } = json.instrument
      if (kind === Kind.gap) return `${base} missed ${json.missed}`
      return kind === Kind.liquidation ? `${base} liq ${json.data.price}` : `${base} ${json.data.id}`
    })
  }
}

export async function running(...options: Parameters<typeof TestIngest.open>) {
  const ingest = await TestIngest.open(...options)
  after(() => ingest.stop())
  return { ingest, lanes: ingest.lanes, reader: new RecordReader(ingest.lanes) }
}

export async function allLive(lanes: TestLanes, product = BINANCE, msMax?: number): Promise<void> {
  const isLive = (): boolean => SUBSCRIBED_KINDS.every(kind => lanes.link(product, kind).status === CellStatus.live)
  await until(`every feed of product ${product} is live`, isLive, msMax)
}

export function framesIn(consumer: DepthRingConsumer): { kind: DepthRecordKind; instrument: number; text: string }[] {
  const found = []
  while (consumer.read()) {
    const { kind, instrument, frame } = consumer.record
    found.push({ kind, instrument, text: frame.toString() })
  }
  return found
}
