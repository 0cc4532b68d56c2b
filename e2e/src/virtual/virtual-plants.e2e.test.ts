// Plants violations that the product itself cannot notice, and expects the judge of the virtual hour to report each.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
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
  /** Instead of an outage. */
  readonly faults?: readonly Fault[]
  plant(t: TestContext): void
  readonly finding: RegExp
}

const PLANTS: readonly Plant[] = [
  {
    name: 'a trade that is lost between its decoder and the trade log',
    plant: t => {
      const publishTrade = TradePublisher.prototype.publishTrade
      let count = 0
      t.mock.method(TradePublisher.prototype, 'publishTrade', function (this: TradePublisher, trade: TradeEvent) {
        // Contiguous ids would let ingest notice and announce the loss.
        if (trade.instrument.exchange === OPAQUE_IDS) count += 1
        if (count !== 100 || trade.instrument.exchange !== OPAQUE_IDS) publishTrade.call(this, trade)
      })
    },
    finding: /trade .* is missing, and no gap frame covers it/,
  },
  {
    name: 'a trade that is lost between the trade log and a client',
    plant: t => {
      const { send } = ClientSocket.prototype
      let count = 0
      t.mock.method(ClientSocket.prototype, 'send', function (this: ClientSocket, ...args: Parameters<typeof send>) {
        const isTrade = Buffer.from(args[0] as Uint8Array).includes('"kind":"trade"')
        if (isTrade) count += 1
        return isTrade && count === 300 ? SendStatus.sent : send.apply(this, args)
      })
    },
    finding: /sequence \d+ after \d+/,
  },
  {
    name: 'a liquidation that is lost between its decoder and the trade log',
    plant: t => {
      const publishLiquidation = TradePublisher.prototype.publishLiquidation
      let count = 0
      const plant = function (this: TradePublisher, event: LiquidationEvent): void {
        count += 1
        if (count !== 70) publishLiquidation.call(this, event)
      }
      t.mock.method(TradePublisher.prototype, 'publishLiquidation', plant)
    },
    finding: /liquidation .* is missing, and no gap frame covers it/,
  },
  {
    name: 'a liquidation that cannot be read and has no gap',
    faults: [{ kind: 'spoiled liquidation', atUs: START_US + 40_000_000, us: 0, product: 'bybit-linear' }],
    plant: t => {
      t.mock.method(TradePublisher.prototype, 'missed', () => false)
    },
    finding: /liquidation .* is missing, and no gap frame covers it/,
  },
  {
    name: 'a stale book that is still marked live',
    plant: t => {
      t.mock.method(BookPublisher.prototype, 'publishStale', () => {})
    },
    finding: /shown as live although its connection ended/,
  },
  {
    name: 'an old book that is kept and marked live',
    plant: t => {
      const publishLive = BookPublisher.prototype.publishLive
      let count = 0
      t.mock.method(BookPublisher.prototype, 'publishLive', function (this: BookPublisher, ...args: [never]) {
        count += 1
        return count > 400 ? true : publishLive.apply(this, args)
      })
    },
    finding: /shown as live, \d+ changes old/,
  },
  {
    name: 'a book that left out one delta',
    plant: t => {
      const apply = Book.prototype.apply
      let count = 0
      t.mock.method(Book.prototype, 'apply', function (this: Book, ...args: [never]) {
        count += 1
        return count === 500 ? true : apply.apply(this, args)
      })
    },
    finding: /has other levels than the venue's/,
  },
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

for (const { name, plant, finding, faults = [OUTAGE] } of PLANTS) {
  test(`${name} is reported`, async t => {
    plant(t)
    const { verdict } = await runVirtually({ seed: SEED, seconds: SECONDS, faults })
    assert.ok(verdict.findingCount > 0, 'the judge reported nothing')
    assert.match(verdict.findings.join('\n'), finding)
  })
}
