import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Journal, type JournalTrade } from './journal.js'

const TRADE: JournalTrade = {
  product: 'okx-swap',
  symbol: 'BTC-USDT-SWAP',
  id: '7',
  price: '86723.4',
  amount: '0.5',
  side: 'Buy',
}
const DIGEST = '0123456789abcdef'

test('each kind of event has its line, with times in whole microseconds', async t => {
  const { journal, path } = await openJournal(t)
  const { product, symbol, price, amount } = TRADE
  journal.trade(TRADE, 10.9, 12.1)
  journal.liquidation({ product, symbol, price, amount, orderSide: 'Sell', venueTimeMs: 9 }, 20, 20)
  journal.book(product, symbol, 5, DIGEST)
  journal.book(product, symbol, 6, DIGEST, DIGEST)
  journal.note('scenario quiet 30')
  await journal.close()
  assert.deepEqual((await readFile(path, 'latin1')).split('\n'), [
    'T okx-swap BTC-USDT-SWAP 7 10 12 86723.4 0.5 Buy',
    'Q okx-swap BTC-USDT-SWAP 20 20 86723.4 0.5 Sell 9',
    `B okx-swap BTC-USDT-SWAP 5 ${DIGEST}`,
    `B okx-swap BTC-USDT-SWAP 6 ${DIGEST} ${DIGEST}`,
    '# scenario quiet 30',
    '',
  ])
})

test('an event that was sent too early, without a quantity or without a digest is refused', async t => {
  const { journal } = await openJournal(t)
  assert.throws(() => journal.trade(TRADE, 12, 11), /before its scheduled time/)
  assert.throws(() => journal.trade({ ...TRADE, amount: '0.000' }, 11, 12), /a price and a quantity/)
  assert.throws(() => journal.book(TRADE.product, TRADE.symbol, 0, DIGEST), /has a sequence/)
  assert.throws(() => journal.book(TRADE.product, TRADE.symbol, 1, ''), /has a digest/)
  await journal.close()
})

async function openJournal(t: TestContext): Promise<{ journal: Journal; path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'venue-sim-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'journal.txt')
  return { journal: await Journal.open(path), path }
}
