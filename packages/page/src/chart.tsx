// A chart over time, by uPlot, in the colours of the theme.

import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { appearanceOf, changeDetector, colorsOf } from './live/canvas.js'

export interface Line {
  readonly label: string
  readonly color: 'bid' | 'ask' | 'accent' | 'muted'
  /** Of its own scale, on the right. */
  readonly isRight?: boolean
}

interface ChartProps {
  readonly label: string
  readonly class: string
  readonly lines: readonly Line[]
  readonly data: () => uPlot.AlignedData
  readonly ms: number
  /** What the data depend on: with the same of it nothing is drawn. */
  readonly of: () => readonly unknown[]
  readonly isLogarithmic?: boolean
  readonly format: (value: number) => string
}

const AXIS_PX = 62

/** `lines` and `format` are those of the first drawing. */
export function Chart({
  label,
  class: name,
  lines,
  data,
  ms,
  of,
  isLogarithmic = false,
  format,
}: ChartProps): JSX.Element {
  const ref = useRef<HTMLDivElement>(null)
  const newest = useRef({ data, of })
  newest.current = { data, of }
  useEffect(() => {
    const box = ref.current
    if (box === null) return
    let plot = newPlot(box, lines, isLogarithmic, format, newest.current.data())
    const isChanged = changeDetector()
    const redraw = (): void => {
      if (document.hidden || !isChanged([...newest.current.of(), ...appearanceOf(box)])) return
      const { clientWidth: width, clientHeight: height } = box
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height })
      plot.setData(newest.current.data())
    }
    const timer = setInterval(redraw, ms)
    const theme = matchMedia('(prefers-color-scheme: dark)')
    const onTheme = (): void => {
      plot.destroy()
      plot = newPlot(box, lines, isLogarithmic, format, newest.current.data())
    }
    theme.addEventListener('change', onTheme)
    return () => {
      clearInterval(timer)
      theme.removeEventListener('change', onTheme)
      plot.destroy()
    }
  }, [ms, isLogarithmic])
  return <div ref={ref} class={name} role="img" aria-label={label} />
}

function newPlot(
  box: HTMLElement,
  lines: readonly Line[],
  isLogarithmic: boolean,
  format: (value: number) => string,
  data: uPlot.AlignedData,
): uPlot {
  const colors = colorsOf(box)
  const font = '11px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace'
  const axis = { stroke: colors.muted, font, grid: { stroke: colors.line, width: 1 }, ticks: { show: false } }
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      y: isLogarithmic
        ? { distr: 3, log: 10, range: (_, min, max) => [min > 0 ? Math.min(1, min) : 1, Math.max(1_000, 2 * max)] }
        : {},
      right: {},
    },
    axes: [
      { ...axis, size: 22 },
      {
        ...axis,
        scale: 'y',
        size: AXIS_PX,
        values: (_, splits) => splits.map(value => (value === null ? '' : format(value))),
      },
      ...(lines.some(({ isRight }) => isRight)
        ? [{ ...axis, scale: 'right', side: 1 as const, size: AXIS_PX, grid: { show: false } }]
        : []),
    ],
    series: [
      {},
      ...lines.map(({ label, color, isRight = false }) => ({
        label,
        stroke: colors[color],
        width: 1.5,
        scale: isRight ? 'right' : 'y',
        points: { show: false },
        spanGaps: true,
      })),
    ],
  }
  return new uPlot(options, data, box)
}
