// A canvas that is as large as its box and as sharp as the screen, drawn in the colours of the theme, some times a second where
// what it shows has changed.

import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export interface Surface {
  readonly context: CanvasRenderingContext2D
  /** In CSS pixels. */
  readonly width: number
  readonly height: number
  readonly colors: Colors
}

export interface Colors {
  readonly ground: string
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly bid: string
  readonly ask: string
  readonly accent: string
  readonly isDark: boolean
}

interface CanvasProps {
  readonly label: string
  readonly class: string
  readonly ms: number
  /** What the drawing depends on: with the same of it nothing is drawn. */
  readonly of: () => readonly unknown[]
  readonly draw: (surface: Surface) => void
}

export function Canvas({ label, class: name, ms, of, draw }: CanvasProps): JSX.Element {
  const ref = useRef<HTMLCanvasElement>(null)
  const newest = useRef({ of, draw })
  newest.current = { of, draw }
  useEffect(() => {
    const isChanged = changeDetector()
    const timer = setInterval(() => {
      const canvas = ref.current
      if (document.hidden || canvas === null) return
      if (isChanged([...newest.current.of(), ...appearanceOf(canvas)])) drawOn(canvas, newest.current.draw)
    }, ms)
    return () => clearInterval(timer)
  }, [ms])
  return <canvas ref={ref} class={name} role="img" aria-label={label} />
}

/** Whether a list differs from the one before. */
export function changeDetector(): (values: readonly unknown[]) => boolean {
  let last: readonly unknown[] = []
  return values => {
    const isSame = values.length === last.length && values.every((value, index) => Object.is(value, last[index]))
    last = values
    return !isSame
  }
}

/** Whatever else a drawing depends on: size, sharpness, theme. */
export function appearanceOf({ clientWidth, clientHeight }: Element): readonly unknown[] {
  return [clientWidth, clientHeight, window.devicePixelRatio, isDark()]
}

function isDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches
}

function drawOn(canvas: HTMLCanvasElement, draw: (surface: Surface) => void): void {
  const { clientWidth: width, clientHeight: height } = canvas
  const context = canvas.getContext('2d')
  if (context === null || width === 0 || height === 0) return
  const ratio = window.devicePixelRatio
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth
    canvas.height = pixelHeight
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  draw({ context, width, height, colors: colorsOf(canvas) })
}

export function colorsOf(element: Element): Colors {
  const style = getComputedStyle(element)
  const of = (name: string): string => style.getPropertyValue(name).trim()
  return {
    ground: of('--ground'),
    text: of('--text'),
    muted: of('--muted'),
    line: of('--line'),
    bid: of('--bid'),
    ask: of('--ask'),
    accent: of('--accent'),
    isDark: isDark(),
  }
}
