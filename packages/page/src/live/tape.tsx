// The tape: the newest trades, their size as weight and bar, liquidations marked. Each opens the account of its way.

import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Trade } from '../feed/feed-messages.js'
import { clockText, marketText, priceText, sizeText, valueText } from '../model/format.js'
import type { Market } from '../model/market.js'

const ROWS = 60
/** Below, a trade is drawn lightly; above, heavily. In quote currency. */
const SMALL = 1_000
const LARGE = 100_000

interface TapeProps {
  readonly market: Market
  /** Null: of all instruments. */
  readonly instrument: string | null
  /** The same function as long as it does the same. */
  readonly onExplain: (seq: number) => void
}

export function Tape({ market, instrument, onExplain }: TapeProps): JSX.Element {
  const hasName = instrument === null
  // A trade never changes, and Preact passes over an element that it has seen: only new rows cost anything.
  const rows = useMemo(() => new WeakMap<Trade, JSX.Element>(), [market, hasName, onExplain])
  const rowOf = (trade: Trade): JSX.Element => {
    const row = rows.get(trade) ?? (
      <Row key={trade.seq} trade={trade} market={market} hasName={hasName} onExplain={onExplain} />
    )
    rows.set(trade, row)
    return row
  }
  return (
    <ol class="tape" aria-label="Newest trades">
      {newest(market.trades, instrument).map(rowOf)}
    </ol>
  )
}

function newest(trades: readonly Trade[], instrument: string | null): readonly Trade[] {
  const found: Trade[] = []
  for (let index = trades.length - 1; index >= 0 && found.length < ROWS; index -= 1) {
    const trade = trades[index]!
    if (instrument === null || trade.instrument === instrument) found.push(trade)
  }
  return found
}

interface RowProps {
  readonly trade: Trade
  readonly market: Market
  readonly hasName: boolean
  readonly onExplain: (seq: number) => void
}

function Row({ trade, market, hasName, onExplain }: RowProps): JSX.Element {
  const { isBuy, isLiquidation, price, size, seq } = trade
  const value = price * size
  const weight = value >= LARGE ? 'large' : value >= SMALL ? 'middle' : 'small'
  const share = Math.min(1, Math.log10(1 + value) / 6)
  const label = market.instruments.get(trade.instrument)?.label
  return (
    <li class={`${isBuy ? 'buy' : 'sell'} ${weight} ${isLiquidation ? 'liquidation' : ''}`}>
      <button type="button" title={`Why was it late? seq ${seq}`} onClick={() => onExplain(seq)}>
        <span class="bar" style={{ width: `${Math.round(share * 100)}%` }} aria-hidden="true" />
        <span class="time">{clockText(trade.receivedMs)}</span>
        <span class="side">{isLiquidation ? 'LIQ' : isBuy ? 'B' : 'S'}</span>
        {hasName && label !== undefined && (
          <span class="name">
            {label.base.toUpperCase()} {marketText(label.kind)}{' '}
            <i title={label.exchange}>{label.exchange.slice(0, 3).toUpperCase()}</i>
          </span>
        )}
        <span class="price">{priceText(price)}</span>
        <span class="size">{sizeText(size)}</span>
        <span class="value">{valueText(value)}</span>
      </button>
    </li>
  )
}
