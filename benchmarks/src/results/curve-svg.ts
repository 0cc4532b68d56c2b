// The latency curves of one scenario as an SVG: the percentile as 1 ÷ (1 − p) on a logarithmic axis, so that 90, 99 and 99.9 % are
// equally far apart, against milliseconds, also logarithmic. Early curves are dashed.

import { CURVE_PERCENTILES } from './latency-figures.js'
import type { Row } from './summary.js'

const WIDTH = 720
const HEIGHT = 340
const LEFT = 56
const RIGHT = 170
const TOP = 16
const BOTTOM = 36
const NINES_MAX = 4
const LINE_HEIGHT = 18
const COLOURS = ['#2e7dd1', '#d1662e', '#8a8f98', '#7a4fc4', '#2a9d6f', '#c43f7a']
const US_PER_MS = 1_000

/** Empty where no row has a curve. */
export function curveSvg(rows: readonly Row[]): string {
  const drawn = rows.filter(({ figures }) => (figures?.curveUs.length ?? 0) > 1)
  const values = drawn.flatMap(({ figures }) => figures?.curveUs.map(({ median }) => median) ?? [])
  if (values.length === 0) return ''
  const lowest = Math.floor(Math.log10(Math.max(1, Math.min(...values))))
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...values))))
  const x = (nines: number): number => LEFT + (nines / NINES_MAX) * (WIDTH - LEFT - RIGHT)
  const y = (us: number): number =>
    HEIGHT - BOTTOM - ((Math.log10(Math.max(1, us)) - lowest) / (highest - lowest)) * (HEIGHT - TOP - BOTTOM)
  const variants = [...new Set(drawn.map(({ variant }) => variant))]
  const lines = drawn.map(({ variant, phase, figures }, index) => {
    const points = (figures?.curveUs ?? []).map(
      ({ median }, step) => `${x(ninesAt(step)).toFixed(1)},${y(median).toFixed(1)}`,
    )
    const colour = COLOURS[variants.indexOf(variant) % COLOURS.length]
    const stroke = `stroke="${colour}" stroke-width="2"${phase === 'early' ? ' stroke-dasharray="6 4"' : ''}`
    const labelY = TOP + (index + 1) * LINE_HEIGHT
    const legend = `<path d="M${WIDTH - RIGHT + 12} ${labelY - 4}h24" ${stroke}/>`
    const label = `<text x="${WIDTH - RIGHT + 42}" y="${labelY}">${variant} ${phase}</text>`
    return `<polyline fill="none" ${stroke} points="${points.join(' ')}"/>${legend}${label}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>Latency of trades in ${rows[0]?.scenario}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...gridLines(lowest, highest, x, y),
    ...lines,
    '</svg>\n',
  ].join('\n')
}

function ninesAt(step: number): number {
  return -Math.log10(1 - (CURVE_PERCENTILES[step] ?? 0) / 100)
}

function gridLines(
  lowest: number,
  highest: number,
  x: (nines: number) => number,
  y: (us: number) => number,
): readonly string[] {
  const grid = 'stroke="#ccc" stroke-width="1"'
  const vertical = Array.from({ length: NINES_MAX + 1 }, (_, nines) => {
    const text = nines === 0 ? '0 %' : `${Number((100 * (1 - 10 ** -nines)).toFixed(2))} %`
    return `<path d="M${x(nines)} ${TOP}V${HEIGHT - BOTTOM}" ${grid}/><text x="${x(nines)}" y="${HEIGHT - 14}" text-anchor="middle">${text}</text>`
  })
  const decades = Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index))
  const horizontal = decades.map(
    us =>
      `<path d="M${LEFT} ${y(us)}H${WIDTH - RIGHT}" ${grid}/><text x="${LEFT - 6}" y="${y(us) + 4}" text-anchor="end">${us / US_PER_MS} ms</text>`,
  )
  return [...vertical, ...horizontal]
}
