// Numbers and times as the page writes them.

const GROUPS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

export function grouped(value: number): string {
  return GROUPS.format(value)
}

/** By digits: to make one takes a hundred times as long as to use it. */
const FIXED = Array.from(
  { length: 6 },
  (_, digits) => new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
)

/** `1.23M`. */
export function compact(value: number): string {
  return COMPACT.format(value)
}

/** With as many digits as its size needs: prices of one instrument line up. */
export function priceText(price: number): string {
  const digits = price >= 1_000 ? 2 : price >= 10 ? 3 : 5
  return FIXED[digits]!.format(price)
}

export function sizeText(size: number): string {
  const digits = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 1 ? 3 : 5
  return FIXED[digits]!.format(size)
}

/** `14:05:06.123`, in the time zone of the reader. */
export function clockText(ms: number, hasMs = true): string {
  const date = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return hasMs ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text
}

/** `0.4 ms`, `12 ms`, `1.25 s`, `3 min`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  const size = Math.abs(ms)
  if (size < 10) return `${ms.toFixed(1)} ms`
  if (size < 1_000) return `${Math.round(ms)} ms`
  if (size < 60_000) return `${(ms / 1_000).toFixed(size < 10_000 ? 2 : 1)} s`
  if (size < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`
}

export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`
}

const SHORT: Readonly<Record<string, string>> = { Perpetual: 'perp', Spot: 'spot' }

export function marketText(kind: string): string {
  return SHORT[kind] ?? kind
}
