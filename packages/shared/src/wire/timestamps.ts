// RFC 3339 text of wall-clock microseconds, for every frame of the wire: three fraction digits for a venue's time, six for
// ours. Frames of the same second share a prefix, so no `Date` is made per frame. Any thread.

import type { AsciiText } from './ascii-json.js'

const US_PER_SECOND = 1_000_000
/** In the year 2255: beyond it a double no longer holds single microseconds. */
const US_MAX = Number.MAX_SAFE_INTEGER
/** Times of venues and of receipt differ by seconds, so a few seconds are in use at once. */
const PREFIX_COUNT = 16

const prefixSeconds = new Float64Array(PREFIX_COUNT).fill(-1)
const prefixes: string[] = new Array<string>(PREFIX_COUNT).fill('')
const threeDigits: readonly string[] = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'))

/** `2026-02-03T04:05:06.120Z`. Times outside 1970..2255 become the nearest end; no number is refused. */
export function isoMs(us: number): string {
  const wholeUs = clamped(us)
  const second = Math.floor(wholeUs / US_PER_SECOND)
  const ms = Math.floor((wholeUs - second * US_PER_SECOND) / 1_000)
  return `${prefixOf(second)}${threeDigits[ms]}Z`
}

/** `2026-02-03T04:05:06.120345Z`. */
export function isoUs(us: number): string {
  const wholeUs = clamped(us)
  const second = Math.floor(wholeUs / US_PER_SECOND)
  const fractionUs = wholeUs - second * US_PER_SECOND
  const ms = Math.floor(fractionUs / 1_000)
  return `${prefixOf(second)}${threeDigits[ms]}${threeDigits[fractionUs - ms * 1_000]}Z`
}

/** The text of `isoMs`. */
export function writeIsoMs(text: AsciiText, us: number): AsciiText {
  const wholeUs = clamped(us)
  const second = Math.floor(wholeUs / US_PER_SECOND)
  const ms = Math.floor((wholeUs - second * US_PER_SECOND) / 1_000)
  return text.text(prefixOf(second)).text(threeDigits[ms]!).text('Z')
}

/** The text of `isoUs`. */
export function writeIsoUs(text: AsciiText, us: number): AsciiText {
  const wholeUs = clamped(us)
  const second = Math.floor(wholeUs / US_PER_SECOND)
  const fractionUs = wholeUs - second * US_PER_SECOND
  const ms = Math.floor(fractionUs / 1_000)
  return text
    .text(prefixOf(second))
    .text(threeDigits[ms]!)
    .text(threeDigits[fractionUs - ms * 1_000]!)
    .text('Z')
}

function clamped(us: number): number {
  // Negated, so that NaN becomes zero too.
  if (!(us > 0)) return 0
  return us > US_MAX ? US_MAX : Math.floor(us)
}

function prefixOf(second: number): string {
  const slot = second % PREFIX_COUNT
  if (prefixSeconds[slot] !== second) {
    prefixSeconds[slot] = second
    prefixes[slot] = new Date(second * 1_000).toISOString().slice(0, 20)
  }
  return prefixes[slot] as string
}
