import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusReason } from '@tradelane/shared/market/nouns'
import {
  BACKOFF_MS_MAX,
  BACKOFF_MS_MIN,
  OVERLOAD_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MIN,
  TRADE_RETRY_MS_MAX,
} from '../limits.js'
import { Backoff } from './backoff.js'
import type { ConnectionEnd } from './connection-change.js'
import { retryMsOf } from './retry.js'

const CUT: ConnectionEnd = { kind: 'ended', reason: StatusReason.disconnected, detail: 'cut', refusal: undefined }
const NO_CAUSE = { isOverload: false, isGone: false }

/** The first wait and the longest, without jitter. */
function waits(end: ConnectionEnd, cause: Partial<typeof NO_CAUSE> = {}): [first: number, longest: number] {
  const backoff = new Backoff(() => 1)
  const all = Array.from({ length: 30 }, () => retryMsOf(backoff, end, { ...NO_CAUSE, ...cause }))
  return [all[0] as number, Math.max(...all)]
}

test('cuts and refused TCP connections have a backoff; trades are back within 5 s of the venue', () => {
  assert.deepEqual(waits(CUT), [BACKOFF_MS_MIN, BACKOFF_MS_MAX])
  assert.deepEqual(waits(CUT, { isGone: true }), [BACKOFF_MS_MIN, TRADE_RETRY_MS_MAX])
  assert.ok(TRADE_RETRY_MS_MAX < 5_000)
  assert.deepEqual(waits(CUT, { isOverload: true }), [BACKOFF_MS_MIN, OVERLOAD_RETRY_MS_MAX])
})

test('a refused handshake waits for its host only; a connection without any subscription becomes rare', () => {
  assert.deepEqual(waits({ ...CUT, refusal: { status: 429, retryAfterMs: null } }), [0, 0])
  assert.deepEqual(waits({ ...CUT, reason: StatusReason.refused }), [REFUSED_RETRY_MS_MIN, REFUSED_RETRY_MS_MAX])
})
