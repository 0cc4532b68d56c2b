// Faults of a frame that is JSON: every value in it may be missing or wrong.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Path = readonly (string | number)[]

export interface FaultyFrame {
  readonly path: Path
  readonly fault: string
  readonly raw: string
  /** A text in place of another that is no number: it may be valid and mean something that is ignored. */
  readonly isOtherText?: boolean
}

/** No field that a decoder reads may be one of these, whatever it is for. */
const WRONG: readonly Json[] = [null, {}, -1, 1.5, ['x'], '1'.repeat(70)]
/** Nor a price or size one of these: signs, exponents, 40 digits, what only looks like a number. */
const NO_DECIMAL: readonly Json[] = [
  '1'.repeat(40),
  '-1',
  '1e5',
  '.5',
  '5.',
  '1.2.3',
  'NaN',
  'Infinity',
  ' 1',
  '0x10',
  '',
  7,
]
/** Nor an id or a time: beyond what a double holds exactly, or text. */
const NO_NUMBER: readonly Json[] = [2 ** 53, 1e300, '-1', 'x', true]
const TOO_LATE_MS = 9_007_199_254_741
/** What an unused field may contain without effect. */
const STRANGE: readonly Json[] = [true, 0, '', '0', 'x', '\u0000"\\', 'x'.repeat(100_000), [[[]]], [null], { a: 1 }]

/** Every place in the frame: objects, lists and leaves. */
export function pathsOf(raw: string): readonly Path[] {
  const paths: Path[] = []
  const walk = (value: Json, path: Path): void => {
    if (path.length > 0) paths.push(path)
    if (typeof value !== 'object' || value === null) return
    const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
    for (const key of keys) walk((value as Record<string | number, Json>)[key] ?? null, [...path, key])
  }
  walk(JSON.parse(raw), [])
  return paths
}

export function without(raw: string, path: Path): FaultyFrame {
  return changed(raw, path, 'missing', (parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else delete parent[key]
  })
}

/** The frame with a value at this place that cannot be right there. */
export function wrongAt(raw: string, path: Path): readonly FaultyFrame[] {
  const value = valueAt(raw, path)
  const isDecimal = typeof value === 'string' && /^\d+\.\d+$/.test(value)
  const more = isDecimal ? NO_DECIMAL : typeof value === 'number' ? NO_NUMBER : []
  const isText = typeof value === 'string' && !isDecimal
  return [...WRONG, ...more].map(wrong => ({
    ...replaced(raw, path, wrong),
    isOtherText: isText && typeof wrong === 'string',
  }))
}

/** The longest and the smallest valid numbers in place of a price, a size or an id, and a time beyond microseconds. */
export function extremesAt(raw: string, path: Path): readonly FaultyFrame[] {
  const value = valueAt(raw, path)
  if (typeof value === 'number') return [2 ** 53 - 1, TOO_LATE_MS].map(each => replaced(raw, path, each))
  if (typeof value !== 'string' || !/^\d+\.?\d*$/.test(value)) return []
  const texts = [`${'9'.repeat(24)}.${'9'.repeat(18)}`, `0.${'0'.repeat(17)}1`, String(TOO_LATE_MS)]
  return texts.map(each => replaced(raw, path, each))
}

export function strangeAt(raw: string, path: Path): readonly FaultyFrame[] {
  return [...WRONG, ...NO_DECIMAL, ...NO_NUMBER, ...STRANGE].map(value => replaced(raw, path, value))
}

export function isLeaf(raw: string, path: Path): boolean {
  const value = valueAt(raw, path)
  return typeof value !== 'object' || value === null
}

function replaced(raw: string, path: Path, value: Json): FaultyFrame {
  return changed(raw, path, JSON.stringify(value).slice(0, 80), (parent, key) => {
    ;(parent as Record<string | number, Json>)[key] = value
  })
}

function changed(
  raw: string,
  path: Path,
  fault: string,
  change: (parent: { [key: string]: Json } | Json[], key: string | number) => void,
): FaultyFrame {
  const frame = JSON.parse(raw)
  const parent = path.slice(0, -1).reduce((value, key) => value[key], frame)
  change(parent, path.at(-1) ?? '')
  return { path, fault, raw: JSON.stringify(frame) }
}

function valueAt(raw: string, path: Path): Json {
  return path.reduce((value, key) => value[key], JSON.parse(raw))
}
