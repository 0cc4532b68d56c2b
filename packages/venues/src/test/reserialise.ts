// Writes a frame again as another JSON library, a relay or a next version of the venue might: other white space, keys in another
// order, characters escaped. It means the same.

import fc from 'fast-check'

export interface Style {
  /** Takes the next of a sequence of random numbers below `limit`. */
  below(limit: number): number
}

/** Each style writes in its own way. */
export function styles(): fc.Arbitrary<Style> {
  return fc.integer({ min: 1, max: 2 ** 31 - 1 }).map(seed => {
    let state = seed
    const below = (limit: number): number => {
      // xorshift32
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % limit
    }
    return { below }
  })
}

const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n', '  ']

/** `raw` is returned as it is where it is no JSON. */
export function reserialised(raw: string, style: Style): string {
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return raw
  }
  // What changes most of one frame may not change another: each kind of change is on or off.
  const traits: Traits = {
    space: style.below(2) === 0 ? () => SPACES[style.below(SPACES.length)] as string : () => '',
    escapesOneOf: [0, 1, 2, 10][style.below(4)] as number,
    isReordered: style.below(2) === 0,
    style,
  }
  return `${traits.space()}${textOf(value, traits)}${traits.space()}`
}

interface Traits {
  space(): string
  /** 0: none. */
  readonly escapesOneOf: number
  readonly isReordered: boolean
  readonly style: Style
}

function textOf(value: unknown, traits: Traits): string {
  const { space } = traits
  if (Array.isArray(value))
    return `[${space()}${value.map(each => textOf(each, traits)).join(`${space()},${space()}`)}${space()}]`
  if (typeof value === 'string') return quoted(value, traits)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
  if (traits.isReordered) shuffle(entries, traits.style)
  const fields = entries.map(([key, each]) => `${quoted(key, traits)}${space()}:${space()}${textOf(each, traits)}`)
  return `{${space()}${fields.join(`${space()},${space()}`)}${space()}}`
}

function quoted(text: string, { escapesOneOf, style }: Traits): string {
  let result = ''
  for (let at = 0; at < text.length; at += 1) {
    const isEscaped = escapesOneOf > 0 && style.below(escapesOneOf) === 0
    result += isEscaped
      ? `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
      : JSON.stringify(text[at]).slice(1, -1)
  }
  return `"${result}"`
}

function shuffle<Item>(items: Item[], style: Style): void {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = style.below(at + 1)
    const item = items[at] as Item
    items[at] = items[other] as Item
    items[other] = item
  }
}
