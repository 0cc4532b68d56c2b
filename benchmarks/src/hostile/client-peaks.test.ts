import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ATTACKERS_ADDRESSES } from './attackers.js'
import { ClientPeaks } from './client-peaks.js'
import { KEPT_BYTES, KEPT_BYTES_MAX } from './limits.js'

const CLIENT = {
  address: ATTACKERS_ADDRESSES[0] as string,
  connectedMs: 1_000,
  hasAnswered: true,
  unacknowledgedBytes: KEPT_BYTES,
  bufferedBytes: 0,
}

test('an attack that fills a client passes where it gets full, no fuller, and stays so', () => {
  assert.equal(faultsOf([KEPT_BYTES - 1]), 1)
  assert.equal(faultsOf([0, KEPT_BYTES + 1_000, KEPT_BYTES]), 0)
  assert.equal(faultsOf([KEPT_BYTES, KEPT_BYTES_MAX + 1, KEPT_BYTES]), 1)
  assert.equal(faultsOf([KEPT_BYTES, 0]), 1)
})

test('a client that never answered is later judged by its buffer', () => {
  const silent = { ...CLIENT, connectedMs: 6_000, hasAnswered: false, unacknowledgedBytes: 4 * KEPT_BYTES }
  const peaks = new ClientPeaks('unread-clients')
  peaks.look([silent])
  assert.deepEqual(peaks.faults, [])
  peaks.look([{ ...silent, bufferedBytes: KEPT_BYTES_MAX + 1 }])
  assert.equal(peaks.faults.length, 1)
})

test('neither other clients nor other attacks are judged', () => {
  const peaks = new ClientPeaks('unread-clients')
  peaks.look([CLIENT, { ...CLIENT, address: '127.0.0.1', unacknowledgedBytes: 4 * KEPT_BYTES }])
  assert.deepEqual(peaks.faults, [])
  const other = new ClientPeaks('idle-clients')
  assert.deepEqual([other.isComplete, other.faults], [true, []])
})

function faultsOf(looks: readonly number[]): number {
  const peaks = new ClientPeaks('unread-clients')
  for (const unacknowledgedBytes of looks) peaks.look([{ ...CLIENT, unacknowledgedBytes }])
  return peaks.faults.length
}
