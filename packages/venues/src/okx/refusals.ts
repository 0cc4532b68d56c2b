// OKX's error codes, in REST answers and in refusals of requests. A channel or instrument that does not exist is the only final one.

import { parseObject } from '../json-fields.js'
import type { RefusalClass } from '../refusal-class.js'

const CLASSES: Readonly<Record<string, RefusalClass>> = {
  '50001': 'fault',
  '50004': 'fault',
  '50011': 'too-often',
  '50013': 'fault',
  '50026': 'fault',
  '50061': 'too-often',
  '51001': 'does-not-exist',
  '60014': 'too-often',
  '60018': 'does-not-exist',
  '63999': 'fault',
}

export function classOfCode(code: unknown): RefusalClass | null {
  return (typeof code === 'string' ? CLASSES[code] : undefined) ?? null
}

export function refusalOf(text: string): RefusalClass | null {
  return classOfCode(parseObject(Buffer.from(text))?.['code'])
}
