// Numbers and times as the page writes them.

const GROUPS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const TINY = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2, maximumFractionDigits: 20 })
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

/** Of either sign. A size that is not 0 never reads as 0: Bybit trades a millionth of a bitcoin. */
export function sizeText(size: number): string {
  const amount = Math.abs(size)
  if (amount > 0 && amount < 0.000_05) return TINY.format(size)
  const digits = amount >= 1_000 ? 0 : amount >= 100 ? 1 : amount >= 1 ? 3 : 5
  return FIXED[digits]!.format(size)
}

/** In at most five characters, up to trillions: the tape has a column of that width. */
export function valueText(value: number): string {
  if (value > 0 && value < 0.01) return '<0.01'
  return value < 1 ? FIXED[2]!.format(value) : COMPACT.format(value)
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
