// A canvas that is as large as its box and as sharp as the screen, drawn some times a second in the colours of the theme.

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
  readonly draw: (surface: Surface) => void
}

export function Canvas({ label, class: name, ms, draw }: CanvasProps): JSX.Element {
  const ref = useRef<HTMLCanvasElement>(null)
  const drawn = useRef(draw)
  drawn.current = draw
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && ref.current !== null) drawOn(ref.current, drawn.current)
    }, ms)
    return () => clearInterval(timer)
  }, [ms])
  return <canvas ref={ref} class={name} role="img" aria-label={label} />
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
    isDark: matchMedia('(prefers-color-scheme: dark)').matches,
  }
}
