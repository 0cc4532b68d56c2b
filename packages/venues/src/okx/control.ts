// OKX's answers, one per argument, and its notice a minute before it closes a connection for an upgrade.

import { excerptOf, parseObject } from '../json-fields.js'
import type { ControlFrame } from '../venue.js'
import { classOfCode } from './refusals.js'

const UPGRADE_NOTICE = '64008'

export function readControl(frame: Buffer): ControlFrame {
  if (frame.length === 4 && frame.toString('latin1') === 'pong') return { kind: 'pong' }
  const message = parseObject(frame)
  if (message === undefined) return { kind: 'other' }
  const { event, code, msg: text, id } = message
  const requestId = typeof id === 'string' ? id : null
  switch (event) {
    case 'subscribe':
    case 'unsubscribe':
      return requestId === null ? { kind: 'other' } : { kind: 'ack', requestId }
    case 'error':
      return {
        kind: 'rejected',
        requestId,
        topic: null,
        refusalClass: classOfCode(code) ?? 'not-accepted',
        reason: `${excerptOf(code)} ${excerptOf(text)}`,
      }
    case 'notice':
      return code === UPGRADE_NOTICE ? { kind: 'closing-soon' } : { kind: 'other' }
    default:
      return { kind: 'other' }
  }
}
