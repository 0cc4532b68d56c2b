import assert from 'node:assert/strict'
import test from 'node:test'
import { REQUEST_AGAIN_MS_MIN } from '../limits.js'
import { type WaitingRequest, WaitingRequests } from './waiting-requests.js'

function waitingRequest(id: string, refusals = 0): WaitingRequest {
  return { request: { id, text: id, subscriptions: [] }, isSubscribe: true, operations: 1, refusals }
}

test('one that was refused waits for its time, and later ones pass it', () => {
  const waiting = new WaitingRequests()
  const [refused, fresh] = [waitingRequest('1', 1), waitingRequest('2')]
  waiting.add(refused)
  waiting.add(fresh)
  assert.equal(waiting.next(1_000)?.waiting, fresh)
  waiting.remove(fresh)
  const untilMs = 1_000 + REQUEST_AGAIN_MS_MIN
  assert.deepEqual(waiting.next(1_001), { waiting: refused, notBeforeMs: untilMs })
  assert.deepEqual(waiting.next(untilMs), { waiting: refused, notBeforeMs: untilMs }, 'its time does not move')
  waiting.remove(refused)
  assert.equal(waiting.next(untilMs), undefined)
  assert.throws(() => waiting.remove(refused), /only a request that waits/)
})

test('each is replaced in its place, by several or by none', () => {
  const waiting = new WaitingRequests()
  for (const id of ['1', '2', '3']) waiting.add(waitingRequest(id))
  const changes: Record<string, readonly WaitingRequest[]> = { 1: [], 2: [waitingRequest('4'), waitingRequest('5')] }
  waiting.replaceEach(each => changes[each.request.id] ?? [each])
  assert.deepEqual([waiting.count, waiting.operations], [3, 3])
  const order: string[] = []
  for (let next = waiting.next(0); next !== undefined; next = waiting.next(0)) {
    order.push(next.waiting.request.id)
    waiting.remove(next.waiting)
  }
  assert.deepEqual(order, ['4', '5', '3'])
})
