import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arrivals } from './arrivals.js'

test('arrivals come back in their order with client, bytes and stamps, also frames larger than a piece', () => {
  const arrivals = new Arrivals<string>()
  const frames = [3, 9_000_000, 9_000_000, 20_000_000, 1].map((bytes, index) => Buffer.alloc(bytes, index + 1))
  for (const [index, frame] of frames.entries()) arrivals.add(index % 2 === 0 ? 'a' : 'b', frame, index, index + 0.25)
  const kept = Buffer.from(frames[0]!)
  frames[0]!.fill(0)
  const seen: string[] = []
  arrivals.take(({ client, frame, localUs, wallUs }) => {
    const expected = localUs === 0 ? kept : frames[localUs]!
    assert.ok(frame.equals(expected))
    assert.equal(wallUs, localUs + 0.25)
    seen.push(`${client}${localUs}`)
  })
  assert.deepEqual(seen, ['a0', 'b1', 'a2', 'b3', 'a4'])
})

test('what was taken is forgotten', () => {
  const arrivals = new Arrivals<string>()
  arrivals.add('a', Buffer.from('x'), 1, 1)
  arrivals.take(() => undefined)
  assert.equal(arrivals.bytes, 0)
  arrivals.take(() => assert.fail('forgotten'))
})
