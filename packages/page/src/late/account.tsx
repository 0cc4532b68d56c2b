// The hops of one trade, as bars of their time and as what their thread did.

import type { JSX } from 'preact'
import { durationText } from '../model/format.js'
import type { Doing, HopAccount, TradeAccount } from './late-report.js'

const HOPS: Readonly<Record<string, string>> = {
  arrival: 'venue to socket, above the fastest',
  decode: 'bytes read to trade log',
  pickup: 'trade log to gateway',
  send: 'gateway to last client',
}

const ACTIVITIES: Readonly<Record<string, string>> = {
  scavenge: 'short garbage collection',
  majorGc: 'full garbage collection',
  parked: 'waiting for its bell',
  longTurn: 'a long turn',
  tradeRead: 'reading trades of a venue',
  otherRead: 'reading books and state of a venue',
  fanOut: 'sending trades to clients',
  catchUp: 'sending trades to clients that are behind',
  slice: 'sending books and state',
  slowSend: 'a slow send',
  cpuWait: 'waiting for a processor, at most',
  chore: 'chores',
}

export function Account({ account }: { readonly account: TradeAccount }): JSX.Element {
  const { state, arrivalMs, gateways } = account
  if (state === 'old') {
    return <p class="hint">This trade is too old: what the threads did is kept for a minute, while a page is open.</p>
  }
  if (state === 'early') return <p class="hint">A moment: the threads are still noting what they did.</p>
  return (
    <>
      {arrivalMs !== null && (
        <p class="hint">
          The venue's time of it is {durationText(arrivalMs)} before its arrival here, by the venue's clock and ours.
        </p>
      )}
      {gateways.map(({ thread, account: hops }) => (
        <Hops key={thread} hops={hops} />
      ))}
    </>
  )
}

function Hops({ hops }: { readonly hops: readonly HopAccount[] }): JSX.Element {
  const totalUs = Math.max(
    1,
    hops.reduce((sum, { us }) => sum + us, 0),
  )
  return (
    <ol class="hops">
      {hops.map(hop => (
        <li key={hop.hop} class="hop">
          <div class="head">
            <b>{hop.hop}</b>
            <span>{HOPS[hop.hop] ?? ''}</span>
            <span class="us">{Math.round(hop.us).toLocaleString('en-US')} µs</span>
          </div>
          <div class="track" aria-hidden="true">
            <span class="fill" style={{ width: `${Math.max(0.5, (hop.us / totalUs) * 100)}%` }} />
          </div>
          <p class="doing">
            {hop.thread}: {[...hop.doing.map(doingText), `other ${hop.otherUs} µs`].join(' · ')}
            {hop.isComplete ? '' : ' · incomplete'}
          </p>
        </li>
      ))}
    </ol>
  )
}

function doingText({ activity, times, us, items }: Doing): string {
  const name = ACTIVITIES[activity] ?? activity
  const often = times > 1 ? ` ×${times}` : ''
  return `${name} ${us} µs${often}${items > 0 && activity !== 'cpuWait' ? ` (${items})` : ''}`
}
