// Binance's error codes, in REST answers and in refusals of requests.

import { parseObject } from '../json-fields.js'
import type { RefusalClass } from '../refusal-class.js'

const CLASSES: Readonly<Record<number, RefusalClass>> = {
  [-1000]: 'fault',
  [-1001]: 'fault',
  [-1003]: 'too-often',
  [-1006]: 'fault',
  [-1007]: 'fault',
  [-1008]: 'fault',
  [-1015]: 'too-often',
  [-1016]: 'fault',
  [-1121]: 'does-not-exist',
}

export function classOfCode(code: unknown): RefusalClass | null {
  return (typeof code === 'number' ? CLASSES[code] : undefined) ?? null
}

export function refusalOf(text: string): RefusalClass | null {
  return classOfCode(parseObject(Buffer.from(text))?.['code'])
}
