// The promise, to be felt: the same trades through Tradelane and through a naive socket, both read as slowly as one likes.

import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Chart } from '../chart.js'
import { factOf } from '../model/admin-api.js'
import { bytesText, clockText, durationText, priceText } from '../model/format.js'
import { useRedraw } from '../use-redraw.js'
import { Column } from './column.js'

declare const NAIVE_SOURCE: string

/** Bytes a second; the last is as fast as it comes. */
const PACES = [50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, Number.POSITIVE_INFINITY]
const FIRST_PACE = 3

export function Feel({ token }: { readonly token: string }): JSX.Element {
  const [paceIndex, setPaceIndex] = useState(FIRST_PACE)
  const bytesPerS = PACES[paceIndex] ?? Number.POSITIVE_INFINITY
  const hasNaive = factOf('naive') !== ''
  const columns = useMemo(() => {
    const pace = PACES[FIRST_PACE] ?? 0
    const left = new Column({ url: factOf('gateway'), token, isAcknowledging: true, bytesPerS: pace })
    const reference = left.delays
    const right = hasNaive
      ? new Column({ url: factOf('naive'), token, isAcknowledging: false, bytesPerS: pace, reference })
      : undefined
    return { left, right }
  }, [token, hasNaive])
  useEffect(
    () => () => {
      columns.left.close()
      columns.right?.close()
    },
    [columns],
  )
  useRedraw(250)
  const choose = (index: number): void => {
    setPaceIndex(index)
    const pace = PACES[index] ?? Number.POSITIVE_INFINITY
    columns.left.setPace(pace)
    columns.right?.setPace(pace)
  }
  const paceText = bytesPerS === Number.POSITIVE_INFINITY ? 'as fast as it comes' : `${bytesText(bytesPerS)}/s`
  return (
    <div class="view-feel">
      <section class="panel wide">
        <div class="title pace">
          <label>
            <span>Each column of this tab reads</span>
            <input
              type="range"
              min={0}
              max={PACES.length - 1}
              step={1}
              value={paceIndex}
              aria-valuetext={paceText}
              onInput={({ currentTarget }) => choose(Number(currentTarget.value))}
            />
          </label>
          <output>{paceText}</output>
          <span class="figure">a worker reads no more than this: the rest waits on the way</span>
        </div>
      </section>
      <Side id="left" title="Tradelane" note="a trade never waits behind a book" column={columns.left} />
      {columns.right === undefined ? (
        <section class="panel">
          <p class="hint">
            The other column compares with a naive socket. Only <code>tradelane demo</code> has one.
          </p>
        </section>
      ) : (
        <Side id="right" title="Naive socket" note="everything in the order in which it came" column={columns.right} />
      )}
      <section class="panel wide">
        <div class="title">
          <h2>How late trades are read</h2>
          <span class="figure">
            <b class="accent">Tradelane</b> · <b class="sell">naive socket</b> · ms, logarithmic
          </span>
        </div>
        <Chart
          class="delays"
          label="How late trades are read in both columns, over time"
          ms={500}
          of={() => [columns.left.delays.points.at(-1), columns.right?.delays.points.at(-1)]}
          isLogarithmic
          format={value => durationText(value)}
          lines={[
            { label: 'Tradelane', color: 'accent' },
            { label: 'naive', color: 'ask' },
          ]}
          data={() => merged(columns.left, columns.right)}
        />
      </section>
      {columns.right !== undefined && (
        <section class="panel wide">
          <details class="code">
            <summary>The code of the naive socket</summary>
            <pre>
              <code>{NAIVE_SOURCE}</code>
            </pre>
          </details>
        </section>
      )}
    </div>
  )
}

interface SideProps {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly column: Column
}

function Side({ id, title, note, column }: SideProps): JSX.Element {
  const { bytes, books, trades } = column.rates()
  const [p50, p99] = [column.delays.percentile(0.5), column.delays.percentile(0.99)]
  return (
    <section class={`panel side ${id}`} data-column={id} data-p99={p99} data-books={books} data-state={column.state}>
      <div class="title">
        <h2>{title}</h2>
        <span class="figure">{column.state === 'open' ? note : column.state}</span>
      </div>
      <dl class="late-figures">
        <div>
          <dt>trades read late by, p99 of 10 s</dt>
          <dd class="big">{durationText(p99)}</dd>
        </div>
        <div>
          <dt>p50</dt>
          <dd>{durationText(p50)}</dd>
        </div>
        <div>
          <dt>books / s</dt>
          <dd>{books.toFixed(0)}</dd>
        </div>
        <div>
          <dt>trades / s</dt>
          <dd>{trades.toFixed(0)}</dd>
        </div>
        <div>
          <dt>reads</dt>
          <dd>{bytesText(bytes)}/s</dd>
        </div>
      </dl>
      <ol class="mini" aria-label={`Newest trades, ${title}`}>
        {[...column.trades].reverse().map(trade => (
          <li key={trade.seq} class={trade.isBuy ? 'buy' : 'sell'}>
            <span class="time">{clockText(trade.receivedMs)}</span>
            <span class="name">{trade.instrument}</span>
            <span class="price">{priceText(trade.price)}</span>
            <span class="delay">+{durationText(column.delays.corrected(trade.readMs - trade.receivedMs))}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

type Series = (number | null)[]

/** On one axis of time; of nothing a logarithm cannot be drawn. */
function merged(left: Column, right: Column | undefined): [number[], Series, Series] {
  const times = new Map<number, [number | null, number | null]>()
  const add = (column: Column | undefined, index: 0 | 1): void => {
    for (const { atMs, worstMs } of column?.delays.points ?? []) {
      const second = Math.round(atMs / 250) / 4
      const pair = times.get(second) ?? [null, null]
      pair[index] = Math.max(0.1, pair[index] ?? 0, worstMs)
      times.set(second, pair)
    }
  }
  add(left, 0)
  add(right, 1)
  const sorted = [...times].sort(([one], [other]) => one - other)
  return [sorted.map(([second]) => second), sorted.map(([, [value]]) => value), sorted.map(([, [, value]]) => value)]
}
