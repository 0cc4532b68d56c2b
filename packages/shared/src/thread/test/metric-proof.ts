// Proves the rows of one kind of thread in the metric table: each has an event, made to happen on real components, that raises it
// and, of its group, nothing else but what belongs to the event. A row without an event fails. Used by the packages that write
// the rows.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { METRICS, type MetricName, type NamesOf, type Writer } from '../metric-table.js'

type Figures = Readonly<Record<MetricName, number>>

export interface MetricEvent<By extends Writer> {
  /** What happens, as a sentence. */
  readonly what: string
  /** By how much it changes the rows of the group; it changes no other. */
  readonly raises: Partial<Record<NamesOf<By>, number>>
  /** Rows that change by some amount with it, as the bytes of a frame. */
  readonly alongside?: readonly NamesOf<By>[]
  /** Prepares, calls `begins` right before the event, and makes it happen. */
  readonly happen: (begins: (read: () => Figures) => void) => void | Promise<void>
}

const SEEN_MS_MAX = 10_000

/** `measured`: rows that time alone changes, and so with any event. */
export function proveRows<By extends Writer>(
  by: By,
  events: Readonly<Record<NamesOf<By>, MetricEvent<By>>>,
  measured: readonly NamesOf<By>[] = [],
): void {
  for (const name of Object.keys(METRICS[by]) as NamesOf<By>[]) {
    const event: MetricEvent<By> | undefined = events[name]
    test(`${name}: ${event?.what}`, async () => {
      assert.ok(event !== undefined, 'every row has an event')
      const group = Object.keys(METRICS[by]).filter(each => each === name || !measured.some(other => other === each))
      await prove(name, event as AnyEvent, group)
    })
  }
}

interface AnyEvent {
  readonly raises: Readonly<Record<string, number>>
  readonly alongside?: readonly string[]
  readonly happen: MetricEvent<Writer>['happen']
}

async function prove(
  name: string,
  { raises, alongside = [], happen }: AnyEvent,
  group: readonly string[],
): Promise<void> {
  const beginnings: { readonly read: () => Figures; readonly before: Figures }[] = []
  await happen(read => beginnings.push({ read, before: read() }))
  const [beginning, ...others] = beginnings
  assert.ok(beginning !== undefined && others.length === 0, 'an event begins once')
  const { read, before } = beginning
  /** Of the group, those that have changed. */
  const changes = (): Map<string, number> => {
    const after = Object.entries(read()).filter(([each]) => group.includes(each))
    const all = after.map(([each, value]): [string, number] => [each, value - before[each as MetricName]])
    return new Map(all.filter(([, change]) => change !== 0))
  }
  const isSeen = (): boolean => {
    const seen = changes()
    const isRaised = ([each, change]: [string, number]): boolean => Math.abs(seen.get(each) ?? 0) >= Math.abs(change)
    return seen.has(name) && Object.entries(raises).every(isRaised)
  }
  // A thread or a socket may be between an event and its count.
  const untilMs = performance.now() + SEEN_MS_MAX
  while (!isSeen() && performance.now() < untilMs) await sleep(2)
  const found = changes()
  assert.ok(found.has(name), `${name} did not change; ${JSON.stringify(Object.fromEntries(found))} did`)
  for (const each of alongside) found.delete(each)
  assert.deepEqual(Object.fromEntries(found), raises)
}
