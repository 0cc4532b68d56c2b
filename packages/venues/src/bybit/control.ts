// Bybit's answers: one per request, with different spelling on spot and linear, and pongs in two forms.

import { parseObject } from '../json-fields.js'
import type { ControlFrame } from '../venue.js'
import { classOfText } from './refusals.js'

const TOPIC = /topic:([^,\s]+)/

export function readControl(frame: Buffer): ControlFrame {
  const message = parseObject(frame)
  if (message === undefined) return { kind: 'other' }
  const { op, success, ret_msg: reason, req_id: id } = message
  if (op === 'pong' || reason === 'pong') return { kind: 'pong' }
  // An answer to a request that the venue could not parse has an empty id.
  const requestId = typeof id === 'string' && id !== '' ? id : null
  const text = typeof reason === 'string' ? reason.slice(0, 200) : ''
  if (success === false) {
    const topic = TOPIC.exec(text)?.[1] ?? null
    if (text.includes('already subscribed')) return { kind: 'already-subscribed', requestId, topic }
    return { kind: 'rejected', requestId, topic, refusalClass: classOfText(text) ?? 'not-accepted', reason: text }
  }
  const isAck = success === true && (op === 'subscribe' || op === 'unsubscribe') && requestId !== null
  return isAck ? { kind: 'ack', requestId } : { kind: 'other' }
}
