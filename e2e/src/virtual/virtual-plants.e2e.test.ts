// Plants violations that the product itself cannot notice, and expects the judge of the virtual hour to report each.

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { SendStatus } from '@tradelane/gateway/uws'
import { TradePublisher } from '@tradelane/ingest/publish/trade-publisher'
import { Book } from '@tradelane/l2-worker/book'
import { BookPublisher } from '@tradelane/l2-worker/book-publisher'
import type { LiquidationEvent, TradeEvent } from '@tradelane/shared/market/market-events'
import { ClientSocket } from './client-socket.js'
import type { Fault } from './fault-script.js'
import { runVirtually } from './virtual-run.js'
import { START_US } from './virtual-world.js'

const SEED = 11
const SECONDS = 120
const OPAQUE_IDS = 'BybitPerpetualsUsd'
const OUTAGE: Fault = { kind: 'outage', atUs: START_US + 40_000_000, us: 10_000_000, product: 'bybit-linear' }

interface Plant {
  readonly name: string
  plant(mocks: typeof mock): void
  readonly finding: RegExp
}

/** Plants share a run where each is reported in words of its own, and none is reported so often that it hides another. */
interface PlantedRun {
  readonly faults: readonly Fault[]
  readonly plants: readonly Plant[]
}

const LOST_TRADE: Plant = {
  name: 'a trade that is lost between its decoder and the trade log',
  plant: mocks => {
    const publishTrade = TradePublisher.prototype.publishTrade
    let count = 0
    mocks.method(TradePublisher.prototype, 'publishTrade', function (this: TradePublisher, trade: TradeEvent) {
      // Contiguous ids would let ingest notice and announce the loss.
      if (trade.instrument.exchange === OPAQUE_IDS) count += 1
      if (count !== 100 || trade.instrument.exchange !== OPAQUE_IDS) publishTrade.call(this, trade)
    })
  },
  finding: /trade .* is missing, and no gap frame covers it/,
}

const UNSENT_TRADE: Plant = {
  name: 'a trade that is lost between the trade log and a client',
  plant: mocks => {
    const { send } = ClientSocket.prototype
    let count = 0
    mocks.method(ClientSocket.prototype, 'send', function (this: ClientSocket, ...args: Parameters<typeof send>) {
      const isTrade = Buffer.from(args[0] as Uint8Array).includes('"kind":"trade"')
      if (isTrade) count += 1
      return isTrade && count === 300 ? SendStatus.sent : send.apply(this, args)
    })
  },
  finding: /sequence \d+ after \d+/,
}

const LOST_LIQUIDATION: Plant = {
  name: 'a liquidation that is lost between its decoder and the trade log',
  plant: mocks => {
    const publishLiquidation = TradePublisher.prototype.publishLiquidation
    let count = 0
    const plant = function (this: TradePublisher, event: LiquidationEvent): void {
      count += 1
      if (count !== 70) publishLiquidation.call(this, event)
    }
    mocks.method(TradePublisher.prototype, 'publishLiquidation', plant)
  },
  finding: /liquidation .* is missing, and no gap frame covers it/,
}

const UNREADABLE_LIQUIDATION: Plant = {
  name: 'a liquidation that cannot be read and has no gap',
  plant: mocks => {
    mocks.method(TradePublisher.prototype, 'missed', () => false)
  },
  finding: /liquidation .* is missing, and no gap frame covers it/,
}

const LIVE_STALE_BOOK: Plant = {
  name: 'a stale book that is still marked live',
  plant: mocks => {
    mocks.method(BookPublisher.prototype, 'publishStale', () => {})
  },
  finding: /shown as live although its connection ended/,
}

const KEPT_BOOK: Plant = {
  name: 'an old book that is kept and marked live',
  plant: mocks => {
    const publishLive = BookPublisher.prototype.publishLive
    let count = 0
    mocks.method(BookPublisher.prototype, 'publishLive', function (this: BookPublisher, ...args: [never]) {
      count += 1
      return count > 400 ? true : publishLive.apply(this, args)
    })
  },
  finding: /shown as live, \d+ changes old/,
}

const INCOMPLETE_BOOK: Plant = {
  name: 'a book that left out one delta',
  plant: mocks => {
    const apply = Book.prototype.apply
    let count = 0
    mocks.method(Book.prototype, 'apply', function (this: Book, ...args: [never]) {
      count += 1
      return count === 500 ? true : apply.apply(this, args)
    })
  },
  finding: /has other levels than the venue's/,
}

const UNREADABLE: Fault = { kind: 'spoiled liquidation', atUs: START_US + 40_000_000, us: 0, product: 'bybit-linear' }

const RUNS: readonly PlantedRun[] = [
  { faults: [OUTAGE], plants: [LOST_TRADE, LOST_LIQUIDATION, INCOMPLETE_BOOK] },
  { faults: [OUTAGE], plants: [UNSENT_TRADE, LIVE_STALE_BOOK] },
  { faults: [UNREADABLE], plants: [UNREADABLE_LIQUIDATION] },
  { faults: [OUTAGE], plants: [KEPT_BOOK] },
]

test('without a plant nothing is reported', async () => {
  const { verdict } = await runVirtually({ seed: SEED, seconds: SECONDS, faults: [OUTAGE] })
  assert.deepEqual(verdict.findings, [])
  assert.ok(verdict.withheldLooks > 0)
})

test('what the history of a new subscription brings after an outage is published once, in any order', async () => {
  const faults = [60, 200].map(
    (second): Fault => ({ kind: 'outage', atUs: START_US + second * 1e6, us: 60e6, product: 'okx-swap' }),
  )
  const { verdict, counts } = await runVirtually({ seed: SEED, seconds: 360, faults })
  assert.deepEqual(verdict.findings, [])
  assert.ok((counts['liquidations'] ?? 0) - (counts['liquidationsPublished'] ?? 0) < 10, JSON.stringify(counts))
})

for (const run of RUNS) {
  let findings: Promise<readonly string[]> | undefined
  for (const { name, finding } of run.plants) {
    test(`${name} is reported`, async () => {
      findings ??= findingsOf(run)
      assert.match((await findings).join('\n'), finding)
    })
  }
}

async function findingsOf({ faults, plants }: PlantedRun): Promise<readonly string[]> {
  for (const { plant } of plants) plant(mock)
  try {
    const { verdict } = await runVirtually({ seed: SEED, seconds: SECONDS, faults })
    assert.ok(verdict.findingCount > 0, 'the judge reported nothing')
    return verdict.findings
  } finally {
    mock.restoreAll()
  }
}
