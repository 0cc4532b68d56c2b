// The depth of one instrument over time: each column a book, each row a band of prices, the colour how much waits there. Trades
// are drawn where they happened; liquidations are diamonds.

import type { Trade } from '../feed/feed-messages.js'
import type { DepthColumn } from '../model/depth-history.js'
import { clockText, priceText } from '../model/format.js'
import type { Surface } from './canvas.js'

const ROWS_MAX = 220
const AXIS_PX = 66
const TIME_PX = 18
/** Of the levels, how many of each side the price range shows at least. */
const LEVELS_SHOWN = 30
const MARKS_MAX = 400

interface Range {
  readonly low: number
  readonly high: number
  /** Bands of prices: no more than there are ticks. */
  readonly rows: number
}

export interface HeatmapInput {
  readonly columns: readonly DepthColumn[]
  readonly trades: readonly Trade[]
  readonly fromMs: number
  readonly toMs: number
}

export class Heatmap {
  #image: ImageData | undefined
  readonly #bitmap = document.createElement('canvas')
  readonly #sums = new Float32Array(ROWS_MAX)

  draw(surface: Surface, { columns, trades, fromMs, toMs }: HeatmapInput): void {
    const { context, width, height, colors } = surface
    const shown = columns.filter(({ atMs }) => atMs >= fromMs - 2_000)
    const [plotWidth, plotHeight] = [width - AXIS_PX, height - TIME_PX]
    const range = rangeOf(shown)
    if (range === null || plotWidth < 40) {
      context.fillStyle = colors.muted
      context.font = FONT
      context.fillText('waiting for the book', 12, 22)
      return
    }
    this.#paint(shown, range, Math.round(plotWidth), fromMs, toMs, colors.isDark)
    context.imageSmoothingEnabled = false
    context.drawImage(this.#bitmap, 0, 0, this.#bitmap.width, range.rows, 0, 0, plotWidth, plotHeight)
    const x = (ms: number): number => ((ms - fromMs) / (toMs - fromMs)) * plotWidth
    const y = (price: number): number => ((range.high - price) / (range.high - range.low)) * plotHeight
    drawTops(surface, shown, x, y, plotWidth)
    context.save()
    context.beginPath()
    context.rect(0, 0, plotWidth, plotHeight)
    context.clip()
    for (const trade of marksOf(trades, fromMs)) drawMark(surface, trade, x(trade.receivedMs), y(trade.price))
    context.restore()
    drawAxes(surface, range, fromMs, toMs, plotWidth, plotHeight)
  }

  #paint(
    columns: readonly DepthColumn[],
    { low, high, rows }: Range,
    width: number,
    fromMs: number,
    toMs: number,
    isDark: boolean,
  ): void {
    const bitmap = this.#bitmap
    if (bitmap.width !== width || bitmap.height !== rows) {
      bitmap.width = width
      bitmap.height = rows
      this.#image = undefined
    }
    const context = bitmap.getContext('2d')
    if (context === null) return
    this.#image ??= context.createImageData(width, rows)
    const { data } = this.#image
    data.fill(0)
    const scale = scaleOf(columns)
    columns.forEach((column, index) => {
      const startX = Math.max(0, Math.floor(((column.atMs - fromMs) / (toMs - fromMs)) * width))
      const nextMs = columns[index + 1]?.atMs ?? toMs
      const endX = Math.min(width, Math.ceil(((nextMs - fromMs) / (toMs - fromMs)) * width))
      if (endX <= startX) return
      for (const [side, color] of [
        [column.bids, isDark ? BID_DARK : BID_LIGHT],
        [column.asks, isDark ? ASK_DARK : ASK_LIGHT],
      ] as const) {
        this.#sums.fill(0)
        for (let level = 0; level < side.length; level += 2) {
          const row = Math.floor(((high - side[level]!) / (high - low)) * rows)
          if (row >= 0 && row < rows) this.#sums[row]! += side[level + 1]!
        }
        for (let row = 0; row < rows; row += 1) {
          const share = Math.min(1, this.#sums[row]! / scale)
          if (share === 0) continue
          const alpha = Math.round(255 * (0.12 + 0.88 * Math.sqrt(share)))
          for (let pixel = startX; pixel < endX; pixel += 1) {
            const offset = 4 * (row * width + pixel)
            data[offset] = color[0]
            data[offset + 1] = color[1]
            data[offset + 2] = color[2]
            data[offset + 3] = alpha
          }
        }
      }
    })
    context.putImageData(this.#image, 0, 0)
  }
}

const FONT = '11px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace'
const BID_DARK = [56, 158, 138] as const
const ASK_DARK = [196, 96, 84] as const
const BID_LIGHT = [14, 118, 102] as const
const ASK_LIGHT = [178, 56, 44] as const

/** Null without a book of two sides. */
function rangeOf(columns: readonly DepthColumn[]): Range | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { bids, asks } of columns) {
    if (bids.length === 0 || asks.length === 0) continue
    low = Math.min(low, bids[Math.min(bids.length - 2, 2 * LEVELS_SHOWN)]!)
    high = Math.max(high, asks[Math.min(asks.length - 2, 2 * LEVELS_SHOWN)]!)
  }
  if (high <= low) return null
  const tick = tickOf(columns)
  return {
    low: low - tick / 2,
    high: high + tick / 2,
    rows: Math.max(8, Math.min(ROWS_MAX, Math.round((high - low) / tick) + 1)),
  }
}

/** The smallest step between two levels of the newest books. */
function tickOf(columns: readonly DepthColumn[]): number {
  let tick = Number.POSITIVE_INFINITY
  for (const { bids } of columns.slice(-10)) {
    for (let level = 2; level < bids.length; level += 2) tick = Math.min(tick, bids[level - 2]! - bids[level]!)
  }
  return Number.isFinite(tick) && tick > 0 ? tick : Number.MIN_VALUE
}

/** What counts as much: few levels of the newest books have more. */
function scaleOf(columns: readonly DepthColumn[]): number {
  const amounts: number[] = []
  for (const { bids, asks } of columns.slice(-40)) {
    for (const side of [bids, asks]) for (let level = 1; level < side.length; level += 2) amounts.push(side[level]!)
  }
  amounts.sort((one, other) => one - other)
  return amounts[Math.floor(amounts.length * 0.97)] || 1
}

/** The largest of those in view. */
function marksOf(trades: readonly Trade[], fromMs: number): readonly Trade[] {
  const inView = trades.filter(({ receivedMs }) => receivedMs >= fromMs)
  if (inView.length <= MARKS_MAX) return inView
  const sizes = inView.map(({ size }) => size).sort((one, other) => other - one)
  const least = sizes[MARKS_MAX] ?? 0
  return inView.filter(({ size, isLiquidation }) => isLiquidation || size > least)
}

function drawMark({ context, colors }: Surface, trade: Trade, x: number, y: number): void {
  const radius = Math.min(9, 1.2 + 1.1 * Math.log10(1 + trade.size * trade.price * 0.01))
  context.fillStyle = trade.isLiquidation ? colors.accent : trade.isBuy ? colors.bid : colors.ask
  context.strokeStyle = colors.ground
  context.lineWidth = 1
  context.beginPath()
  if (trade.isLiquidation) {
    context.moveTo(x, y - radius - 3)
    context.lineTo(x + radius + 3, y)
    context.lineTo(x, y + radius + 3)
    context.lineTo(x - radius - 3, y)
    context.closePath()
  } else context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fill()
  context.stroke()
}

type Axis = (value: number) => number

/** Best bid and best ask over time. */
function drawTops(
  { context, colors }: Surface,
  columns: readonly DepthColumn[],
  x: Axis,
  y: Axis,
  width: number,
): void {
  for (const [side, color] of [
    ['bids', colors.bid],
    ['asks', colors.ask],
  ] as const) {
    context.strokeStyle = color
    context.lineWidth = 1
    context.beginPath()
    let last = Number.NaN
    for (const column of columns) {
      const best = column[side][0]
      if (best === undefined) continue
      if (!Number.isNaN(last)) context.lineTo(x(column.atMs), y(last))
      context.lineTo(x(column.atMs), y(best))
      last = best
    }
    context.lineTo(width, y(last))
    context.stroke()
  }
}

function drawAxes(
  { context, colors }: Surface,
  { low, high }: Range,
  fromMs: number,
  toMs: number,
  width: number,
  height: number,
): void {
  context.font = FONT
  context.fillStyle = colors.muted
  context.strokeStyle = colors.line
  context.textBaseline = 'middle'
  const steps = Math.max(2, Math.floor(height / 56))
  for (let step = 0; step <= steps; step += 1) {
    const price = high - ((high - low) * step) / steps
    const y = Math.min(height - 7, Math.max(7, (height * step) / steps))
    context.fillText(priceText(price), width + 6, y)
  }
  context.textBaseline = 'alphabetic'
  const count = Math.max(2, Math.floor(width / 150))
  for (let step = 0; step < count; step += 1) {
    context.fillText(
      clockText(fromMs + ((toMs - fromMs) * step) / count, false),
      (width * step) / count + 2,
      height + 13,
    )
  }
}
