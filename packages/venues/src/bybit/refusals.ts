// Bybit's refusals: by code in REST answers, by text alone on sockets.

import { parseObject } from '../json-fields.js'
import type { RefusalClass } from '../refusal-class.js'

const CLASSES: Readonly<Record<number, RefusalClass>> = {
  10000: 'fault',
  10006: 'too-often',
  10009: 'banned',
  10016: 'fault',
  10018: 'too-often',
  10024: 'unlawful',
}

const TEXTS: readonly (readonly [RegExp, RefusalClass])[] = [
  [/handler not found|invalid symbol|does not exist|not exist/i, 'does-not-exist'],
  [/too many|too frequent|rate limit/i, 'too-often'],
  [/internal|server error|server busy|timeout|system/i, 'fault'],
]

export function classOfText(text: string): RefusalClass | null {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

export function refusalOf(text: string): RefusalClass | null {
  const code = parseObject(Buffer.from(text))?.['retCode']
  return (typeof code === 'number' ? CLASSES[code] : undefined) ?? null
}
