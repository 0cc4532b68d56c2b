import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Feed, StatusReason } from '@tradelane/shared/market/nouns'
import {
  BACKOFF_CALM_MS,
  BACKOFF_MS_MAX,
  BACKOFF_MS_MIN,
  OVERLOAD_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MAX,
  REFUSED_RETRY_MS_MIN,
  TRADE_RETRY_MS_MAX,
} from '../limits.js'
import type { ConnectionEnd } from './connection-change.js'
import { Retry } from './retry.js'

const CUT: ConnectionEnd = { kind: 'ended', reason: StatusReason.disconnected, detail: 'cut', refusal: undefined }
const WORKED = { isUp: true, wasOpened: true, hasData: true, openedMs: 0 }
const NEVER_OPEN = { isUp: false, wasOpened: false, hasData: false, openedMs: 0 }

/** The first wait and the longest, without jitter. */
function waits(end: ConnectionEnd, ended = WORKED, { feed = 'trade' as Feed, isPaused = false } = {}) {
  const retry = new Retry(feed, () => 1)
  if (isPaused) retry.paused()
  const all = Array.from({ length: 30 }, () => retry.msAfter(ended, end, isPaused))
  return [all[0], Math.max(...all)]
}

test('cuts and refused TCP connections have a backoff; trades are back within 5 s of the venue', () => {
  assert.deepEqual(waits(CUT), [BACKOFF_MS_MIN, BACKOFF_MS_MAX])
  assert.deepEqual(waits(CUT, NEVER_OPEN), [BACKOFF_MS_MIN, TRADE_RETRY_MS_MAX])
  assert.deepEqual(waits(CUT, NEVER_OPEN, { feed: 'book' }), [BACKOFF_MS_MIN, BACKOFF_MS_MAX])
  assert.ok(TRADE_RETRY_MS_MAX < 5_000)
  assert.deepEqual(waits(CUT, WORKED, { feed: 'book', isPaused: true }), [BACKOFF_MS_MIN, OVERLOAD_RETRY_MS_MAX])
})

test('a refused handshake waits for its host only; a connection without any subscription becomes rare', () => {
  assert.deepEqual(waits({ ...CUT, refusal: { status: 429, retryAfterMs: null } }), [0, 0])
  assert.deepEqual(waits({ ...CUT, reason: StatusReason.refused }), [REFUSED_RETRY_MS_MIN, REFUSED_RETRY_MS_MAX])
})

test('the waits grow until a connection has worked for a while', () => {
  const retry = new Retry('state', () => 1)
  const waitMs = () => retry.msAfter(WORKED, CUT, false)
  assert.deepEqual([waitMs(), waitMs()], [BACKOFF_MS_MIN, 2 * BACKOFF_MS_MIN])
  const { malformed, disconnected } = StatusReason
  retry.resetAfter(WORKED, disconnected, BACKOFF_CALM_MS)
  retry.resetAfter(NEVER_OPEN, disconnected, BACKOFF_CALM_MS + 1)
  retry.resetAfter({ ...WORKED, hasData: false }, malformed, BACKOFF_CALM_MS + 1)
  assert.equal(waitMs(), 4 * BACKOFF_MS_MIN)
  retry.resetAfter(WORKED, malformed, BACKOFF_CALM_MS + 1)
  assert.equal(waitMs(), BACKOFF_MS_MIN)
  retry.resetAfter({ ...WORKED, hasData: false }, disconnected, BACKOFF_CALM_MS + 1)
  assert.equal(waitMs(), BACKOFF_MS_MIN)
})
