// All counters and gauges that threads write, for a report: summed over the threads, each with its unit and sentence.

import { readCounters } from '@tradelane/shared/thread/counters'
import { METRICS, type Metric, type MetricName, type Writer } from '@tradelane/shared/thread/metric-table'

export interface CounterReport {
  readonly value: number
  readonly unit: string
  /** Makes a sentence with the unit before it. */
  readonly about: string
  readonly kind: Metric['kind']
  readonly writer: Writer
}

export interface CountersReport {
  readonly counters: Readonly<Record<MetricName, CounterReport>>
  /** Those of them that count what outsiders were denied, or ended for. */
  readonly refusals: Readonly<Partial<Record<MetricName, number>>>
}

interface Row extends Metric {
  readonly name: MetricName
  readonly writer: Writer
}

const ROWS = (Object.keys(METRICS) as Writer[]).flatMap(writer =>
  Object.entries<Metric>(METRICS[writer]).map(
    ([name, metric]): Row => ({ ...metric, name: name as MetricName, writer }),
  ),
)

export function reportCounters(block: SharedArrayBuffer): CountersReport {
  const sums = readCounters(block)
  const entries = ROWS.map(({ name, writer, kind, unit, about }) => {
    // Times are summed in fractions of their unit.
    const value = Math.round(sums[name])
    return [name, { value, unit, about, kind, writer }] as const
  })
  const refusals = ROWS.filter(({ isRefusal }) => isRefusal).map(({ name }) => [name, sums[name]] as const)
  return {
    counters: Object.fromEntries(entries) as Record<MetricName, CounterReport>,
    refusals: Object.fromEntries(refusals),
  }
}
