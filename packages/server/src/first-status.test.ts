// What clients read of books and links before anything is known about them, whichever thread was started again meanwhile. The
// venues do not answer; OKX swaps stay unknown even so, because nothing is subscribed before their contracts were listed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kind, STATUS_REASON_NAMES } from '@tradelane/shared/market/nouns'
import {
  connect,
  type Frame,
  restartsIn,
  stopped,
  supervisorWith,
  until,
  WITHOUT_ADMIN,
} from './test/supervisor-fixture.js'

const UNKNOWN = 'okx-swap'
const REASONS = new Set<string | undefined>(Object.values(STATUS_REASON_NAMES))

test('every status is of this process and has a reason; the unknown ones say starting, also after restarts', async () => {
  const startMs = Date.now()
  const { supervisor, topology, lines } = supervisorWith({ L2_WORKERS: '2', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  const books = topology.shards.reduce((sum, { instruments }) => sum + instruments.length, 0)
  const links = topology.stateCells.filter(({ kind }) => kind === Kind.link).length
  const statuses = async (): Promise<readonly Frame[]> => {
    const client = await connect(port)
    await client.until(frames => frames.filter(isStatus).length >= books + links, 'a status of each book and link')
    return client.frames.filter(isStatus)
  }
  const first = await statuses()
  const unknown = first.filter(({ product }) => product === UNKNOWN)
  assert.deepEqual(
    new Set(unknown.map(({ of }) => of)),
    new Set(['trade', 'liquidation', 'open_interest', 'order_book_l1', 'order_book_l2']),
  )
  const [since] = unknown.map(frame => frame.since)
  check(first, since)
  supervisor.killIngest()
  await until(() => restartsIn(lines).includes('ingest'), 'ingest', 10_000)
  check(await statuses(), since)
  supervisor.killL2(0)
  supervisor.killL2(1)
  await until(() => restartsIn(lines).length === 3, 'the L2 workers', 10_000)
  check(await statuses(), since)
  await supervisor.reshard(1)
  check(await statuses(), since)
  await stopped(supervisor)

  function check(frames: readonly Frame[], startedAt: string | undefined): void {
    for (const frame of frames) {
      const text = JSON.stringify(frame)
      assert.equal(frame.kind, undefined, text)
      assert.ok(REASONS.has(frame.reason), text)
      assert.ok(Date.parse(String(frame.since)) >= startMs, text)
      if (frame.product !== UNKNOWN) continue
      assert.deepEqual([frame.state, frame.reason, frame.since], ['stale', 'starting', startedAt], text)
    }
  }
})

function isStatus({ type }: Frame): boolean {
  return type === 'status'
}
