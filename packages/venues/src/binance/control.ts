// Binance's answers to requests, flat or nested, and its notice of a server shutdown.

import { asObject, excerptOf, parseObject } from '../json-fields.js'
import type { ControlFrame } from '../venue.js'
import { classOfCode } from './refusals.js'

export function readControl(frame: Buffer): ControlFrame {
  const message = parseObject(frame)
  if (message === undefined) return { kind: 'other' }
  const requestId =
    typeof message['id'] === 'number' || typeof message['id'] === 'string' ? String(message['id']) : null
  const fault = asObject(message['error']) ?? (message['code'] === undefined ? undefined : message)
  if (fault !== undefined) {
    return {
      kind: 'rejected',
      requestId,
      topic: null,
      refusalClass: classOfCode(fault['code']) ?? 'not-accepted',
      reason: `${excerptOf(fault['code'])} ${excerptOf(fault['msg'])}`,
    }
  }
  if (message['result'] === null && requestId !== null) return { kind: 'ack', requestId }
  const event = asObject(message['data']) ?? message
  if (event['e'] === 'serverShutdown') return { kind: 'closing-soon' }
  return { kind: 'other' }
}
