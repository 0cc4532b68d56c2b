// The values of flags that are no settings: read, or refused with what is accepted.

import { WIRE_KINDS, type WireKind } from '@tradelane/shared/market/nouns'
import { InvalidArgumentError } from 'commander'

export function port(text: string): number {
  return wholeNumber(0, 65_535)(text)
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number ${min}..${max}.`)
  }
}

export function httpUrl(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text
  throw new InvalidArgumentError('Expected http://host:port.')
}

/** One of several, after those before it. */
export function webSocketUrls(text: string, before: readonly string[] = []): readonly string[] {
  if (/^wss?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return [...before, text]
  throw new InvalidArgumentError('Expected ws://host:port or wss://host:port.')
}

export function positive(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number above 0.')
}

export function kinds(text: string): readonly WireKind[] {
  return text.split(',').map(part => {
    const name = part.trim()
    const kind = WIRE_KINDS.find(each => each === name)
    if (kind !== undefined) return kind
    throw new InvalidArgumentError(`Invalid kind "${name}"; expected one of ${WIRE_KINDS.join(', ')}.`)
  })
}
