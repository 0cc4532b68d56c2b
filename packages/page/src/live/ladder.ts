// The ladder: the best levels of both sides around the spread, with the size of each as a bar and the sum up to it as a line.

import type { Book } from '../feed/feed-messages.js'
import type { Surface } from './canvas.js'

const ROW_PX = 17
const FONT = '12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace'
const SPREAD_PX = 22

export function drawLadder(surface: Surface, book: Book | undefined): void {
  const { context, width, height, colors } = surface
  context.font = FONT
  context.textBaseline = 'middle'
  if (book === undefined) {
    context.fillStyle = colors.muted
    context.fillText('no book', 12, 20)
    return
  }
  const rows = Math.max(3, Math.floor((height - SPREAD_PX) / 2 / ROW_PX))
  const largest = Math.max(largestOf(book.bids, rows), largestOf(book.asks, rows), Number.MIN_VALUE)
  const middle = height / 2
  drawSide(surface, book.asks, book.askTexts, {
    rows,
    largest,
    color: colors.ask,
    topOf: row => middle - SPREAD_PX / 2 - (row + 1) * ROW_PX,
  })
  drawSide(surface, book.bids, book.bidTexts, {
    rows,
    largest,
    color: colors.bid,
    topOf: row => middle + SPREAD_PX / 2 + row * ROW_PX,
  })
  const [bid, ask] = [book.bids[0], book.asks[0]]
  if (bid === undefined || ask === undefined) return
  context.fillStyle = colors.muted
  context.textAlign = 'center'
  context.fillText(`spread ${(((ask - bid) / ask) * 10_000).toFixed(2)} bp`, width / 2, middle)
  context.textAlign = 'left'
}

interface SideStyle {
  readonly rows: number
  readonly largest: number
  readonly color: string
  readonly topOf: (row: number) => number
}

function drawSide(
  { context, width, colors }: Surface,
  levels: Float64Array,
  texts: readonly string[],
  style: SideStyle,
): void {
  const { rows, largest, color, topOf } = style
  const barStart = Math.round(width * 0.42)
  const count = Math.min(rows, levels.length / 2)
  for (let row = 0; row < count; row += 1) {
    const top = topOf(row)
    const share = levels[2 * row + 1]! / largest
    context.globalAlpha = 0.3
    context.fillStyle = color
    context.fillRect(barStart, top + 1, (width - barStart) * Math.min(1, share), ROW_PX - 2)
    context.globalAlpha = 1
    context.fillText(texts[2 * row] ?? '', 8, top + ROW_PX / 2)
    context.fillStyle = colors.text
    context.textAlign = 'right'
    context.fillText(trimmed(texts[2 * row + 1] ?? ''), width - 8, top + ROW_PX / 2)
    context.textAlign = 'left'
  }
}

function largestOf(levels: Float64Array, rows: number): number {
  let largest = 0
  for (let row = 0; row < rows; row += 1) largest = Math.max(largest, levels[2 * row + 1] ?? 0)
  return largest
}

/** Trailing zeros say nothing to the eye. */
function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text
}
