// What went wrong for honest clients since they connected.

import type { ProbeClient } from '@tradelane/probe/probe-client'
import type { ProbeTarget } from '@tradelane/probe/probe-target'

/** One line each: ended connections, losses. */
export function clientFaults({ gaps }: ProbeTarget, clients: readonly ProbeClient[]): readonly string[] {
  const missed = clients.reduce((sum, { order }) => sum + order.missed, 0)
  return [
    ...clients.flatMap(({ failure }) => failure ?? []),
    ...(missed > 0 ? [`${missed} sequences missed without a gap frame`] : []),
    ...(gaps.overrunMissed > 0 ? [`${gaps.overrunMissed} trades missed because the log overran`] : []),
    ...(gaps.restartCount > 0 ? ['the stream changed'] : []),
  ]
}
