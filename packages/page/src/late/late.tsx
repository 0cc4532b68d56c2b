// Why a trade was late: its hops, and what each thread did meanwhile. Any trade of the last minute, and the worst of it.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Trade } from '../feed/feed-messages.js'
import type { AdminApi } from '../model/admin-api.js'
import { clockText, durationText, priceText } from '../model/format.js'
import type { Market } from '../model/market.js'
import { usePolling } from '../use-redraw.js'
import { Account } from './account.js'
import type { LateReport, TradeAccount } from './late-report.js'

interface LateProps {
  readonly api: AdminApi
  readonly market: Market
  readonly sequence: number | null
  readonly onSequence: (seq: number) => void
}

const POLL_MS = 2_000
const PICKED = 40

export function Late({ api, market, sequence, onSequence }: LateProps): JSX.Element {
  const [report, setReport] = useState<LateReport>()
  const [account, setAccount] = useState<TradeAccount>()
  const [recent, setRecent] = useState<readonly Trade[]>([])
  usePolling(async () => {
    const answer = await api.get<LateReport>('/page/tail')
    if (answer.status === 'ok') setReport(answer.body)
    setRecent(market.trades.slice(-PICKED).reverse())
  }, POLL_MS)
  usePolling(
    async () => {
      if (
        sequence === null ||
        (account?.seq === sequence && account.gateways.every(({ account: hops }) => hops.length > 0))
      )
        return
      const answer = await api.get<TradeAccount>(`/page/trade/${sequence}`)
      if (answer.status === 'ok') setAccount(answer.body)
    },
    500,
    sequence,
  )
  const known = market.trades.findLast(({ seq }) => seq === sequence)
  const worst = report?.gateways.flatMap(({ thread, worst }) => worst.map(trade => ({ thread, trade }))) ?? []
  worst.sort((one, other) => other.trade.lateUs - one.trade.lateUs)
  return (
    <div class="view-late">
      <section class="panel">
        <div class="title">
          <h2>This trade</h2>
          {sequence !== null && <span class="figure">seq {sequence}</span>}
        </div>
        {sequence === null && <p class="hint">Choose a trade below, on the tape, or among the worst.</p>}
        {known !== undefined && (
          <p class="summary">
            {known.instrument} · {known.isBuy ? 'buy' : 'sell'} {known.size} at {priceText(known.price)} · read by this
            page <b>{durationText(market.delays.corrected(known.readMs - known.receivedMs))}</b> after the gateway had
            it
          </p>
        )}
        {sequence !== null && account?.seq === sequence && <Account account={account} />}
        <h3>Newest trades</h3>
        <ul class="pick">
          {recent.map(trade => (
            <li key={trade.seq}>
              <button type="button" aria-pressed={trade.seq === sequence} onClick={() => onSequence(trade.seq)}>
                <span>{clockText(trade.receivedMs)}</span>
                <span>{trade.instrument}</span>
                <span>{priceText(trade.price)}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section class="panel">
        <div class="title">
          <h2>Worst of the last minute</h2>
          <span class="figure">from the venue's socket to the clients' sockets</span>
        </div>
        <ul class="worst">
          {worst.slice(0, 12).map(({ thread, trade }) => (
            <li key={`${thread} ${trade.seq}`}>
              <details>
                <summary>
                  <b>{durationText(trade.lateUs / 1_000)}</b> <span>{clockText(Date.parse(trade.received))}</span>{' '}
                  <span>
                    {trade.product} {trade.symbol}
                  </span>{' '}
                  <span>seq {trade.seq}</span>
                </summary>
                <Account
                  account={{
                    seq: trade.seq,
                    state: 'known',
                    product: trade.product,
                    symbol: trade.symbol,
                    arrivalMs: null,
                    gateways: [{ thread, account: trade.account }],
                  }}
                />
              </details>
            </li>
          ))}
        </ul>
        {report !== undefined && <Hops report={report} />}
      </section>
    </div>
  )
}

function Hops({ report }: { readonly report: LateReport }): JSX.Element {
  return (
    <>
      <h3>All trades since the start, µs</h3>
      <table class="figures">
        <thead>
          <tr>
            {['hop', 'trades', 'p50', 'p99', 'p99.9', 'max'].map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(report.hops).map(([hop, { count, p50Us, p99Us, p999Us, maxUs }]) => (
            <tr key={hop}>
              <th scope="row">{hop}</th>
              {[count, p50Us, p99Us, p999Us, maxUs].map((figure, index) => (
                <td key={index}>{Math.round(figure).toLocaleString('en-US')}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
