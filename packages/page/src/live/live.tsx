// The live view: heatmap and ladder of the chosen instrument, its imbalance and CVD, and the tape.

import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { Chart } from '../chart.js'
import type { Book } from '../feed/feed-messages.js'
import type { DepthColumn } from '../model/depth-history.js'
import { compact, durationText, grouped, priceText, sizeText } from '../model/format.js'
import type { Instrument, Market } from '../model/market.js'
import { useRedraw } from '../use-redraw.js'
import { Canvas, type Surface } from './canvas.js'
import { Heatmap } from './heatmap.js'
import { drawLadder } from './ladder.js'
import { Tape } from './tape.js'

interface LiveProps {
  readonly market: Market
  readonly instrument: Instrument | undefined
  readonly onExplain: (seq: number) => void
}

const SPANS = [
  { title: '1 min', ms: 60_000 },
  { title: '4 min', ms: 240_000 },
  { title: 'since opened', ms: Number.POSITIVE_INFINITY },
] as const

export function Live({ market, instrument, onExplain }: LiveProps): JSX.Element {
  const [spanIndex, setSpanIndex] = useState(0)
  const [isAll, setIsAll] = useState(true)
  useRedraw(150)
  const heatmap = useMemo(() => new Heatmap(), [])
  if (instrument === undefined) return <p class="notice">Waiting for the gateway …</p>
  const span = SPANS[spanIndex]?.ms ?? 60_000
  return (
    <div class="view-live">
      <section class="panel depth" aria-label="Depth over time">
        <div class="title">
          <h2>
            {instrument.label.base.toUpperCase()}-{instrument.label.quote.toUpperCase()}{' '}
            <i>{instrument.label.exchange}</i>
          </h2>
          <BookState instrument={instrument} disconnectedMs={market.disconnectedMs} />
          <fieldset class="switch" aria-label="Time shown">
            {SPANS.map(({ title }, index) => (
              <button key={title} type="button" aria-pressed={index === spanIndex} onClick={() => setSpanIndex(index)}>
                {title}
              </button>
            ))}
          </fieldset>
        </div>
        <Canvas
          class="heatmap"
          ms={250}
          label={`Depth of ${instrument.key} over time, with its trades`}
          of={() => [instrument, span, columnsOf(instrument, span).at(-1), instrument.marked.at(-1)]}
          draw={surface => drawHeatmap(heatmap, surface, instrument, span)}
        />
        <Imbalance book={instrument.book} />
      </section>
      <section class="panel book" aria-label="Ladder">
        <div class="title">
          <h2>Ladder</h2>
          <span class="figure">
            last <b>{Number.isNaN(instrument.lastPrice) ? '–' : priceText(instrument.lastPrice)}</b>
          </span>
        </div>
        <Canvas
          class="ladder"
          ms={100}
          label={ladderLabel(instrument)}
          of={() => [instrument, instrument.book]}
          draw={surface => drawLadder(surface, instrument.book)}
        />
      </section>
      <section class="panel flow" aria-label="Cumulative volume delta">
        <div class="title">
          <h2>CVD</h2>
          <span class="figure">
            <b class={instrument.cvd >= 0 ? 'buy' : 'sell'}>{sizeText(instrument.cvd)}</b>{' '}
            {instrument.label.base.toUpperCase()} over {grouped(instrument.trades)} trades since opened
          </span>
        </div>
        <Chart
          key={instrument.key}
          class="cvd"
          label={`CVD and price of ${instrument.key}`}
          ms={500}
          of={() => [instrument.cvdPoints.at(-1)]}
          format={compact}
          lines={[
            { label: 'CVD', color: 'accent' },
            { label: 'price', color: 'muted', isRight: true },
          ]}
          data={() => [
            instrument.cvdPoints.map(({ atMs }) => atMs / 1_000),
            instrument.cvdPoints.map(({ cvd }) => cvd),
            instrument.cvdPoints.map(({ price }) => price),
          ]}
        />
      </section>
      <section class="panel trades" aria-label="Tape">
        <div class="title">
          <h2>Tape</h2>
          <fieldset class="switch" aria-label="Trades shown">
            <button type="button" aria-pressed={isAll} onClick={() => setIsAll(true)}>
              all
            </button>
            <button type="button" aria-pressed={!isAll} onClick={() => setIsAll(false)}>
              chosen
            </button>
          </fieldset>
        </div>
        <Tape market={market} instrument={isAll ? null : instrument.key} onExplain={onExplain} />
      </section>
    </div>
  )
}

function columnsOf({ history }: Instrument, spanMs: number): readonly DepthColumn[] {
  return (spanMs === Number.POSITIVE_INFINITY ? history?.whole : history?.recent) ?? []
}

function drawHeatmap(heatmap: Heatmap, surface: Surface, instrument: Instrument, spanMs: number): void {
  const { marked } = instrument
  const columns = columnsOf(instrument, spanMs)
  const toMs = Math.max(columns.at(-1)?.atMs ?? 0, marked.at(-1)?.receivedMs ?? 0)
  const fromMs = Math.max(toMs - spanMs, columns[0]?.atMs ?? toMs)
  heatmap.draw(surface, { columns, trades: marked, fromMs: Math.min(fromMs, toMs - 1_000), toMs })
}

interface BookStateProps {
  readonly instrument: Instrument
  readonly disconnectedMs: number | null
}

/** What is known of the book: nothing, exact, withheld since, or how long unchanged. */
function BookState({ instrument, disconnectedMs }: BookStateProps): JSX.Element {
  if (disconnectedMs !== null)
    return <span class="state stale">not connected for {durationText(Date.now() - disconnectedMs)}</span>
  const { book, bookStatus } = instrument
  if (bookStatus === undefined && book === undefined) return <span class="state none">no book</span>
  if (bookStatus !== undefined && bookStatus.state !== 'live') {
    return (
      <span class="state stale">
        {bookStatus.state} for {durationText(Date.now() - bookStatus.sinceMs)}, {bookStatus.reason}
      </span>
    )
  }
  if (book === undefined) return <span class="state none">waiting</span>
  const ageMs = Math.max(0, Date.now() - book.unchangedSinceMs)
  return (
    <span class="state exact">
      exact <span class="age">age {ageMs < 1_000 ? '<1 s' : durationText(ageMs)}</span>
    </span>
  )
}

function Imbalance({ book }: { readonly book: Book | undefined }): JSX.Element {
  const [bids, asks] = [sumOf(book?.bids), sumOf(book?.asks)]
  const share = bids + asks === 0 ? 0.5 : bids / (bids + asks)
  const percent = Math.round(share * 100)
  return (
    <p class="imbalance">
      <span class="buy">bid {percent} %</span>
      <span class="track">
        <span class="fill" style={{ width: `${percent}%` }} />
      </span>
      <span class="sell">{100 - percent} % ask</span>
    </p>
  )
}

function sumOf(levels: Float64Array | undefined): number {
  let sum = 0
  for (let index = 1; index < (levels?.length ?? 0); index += 2) sum += levels?.[index] ?? 0
  return sum
}

function ladderLabel({ book }: Instrument): string {
  return book === undefined
    ? 'No book'
    : `Best bid ${book.bidTexts[0] ?? 'none'}, best ask ${book.askTexts[0] ?? 'none'}`
}
