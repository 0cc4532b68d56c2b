// Metrics as Prometheus and OpenMetrics write them, by prom-client. A registry lives for one answer: all figures are kept elsewhere.
// Loaded with the first request for them.

import { Counter, Gauge, type OpenMetricsContentType, type Metric as PromMetric, Registry } from 'prom-client'
import type { HistogramFamily, MetricFamily } from './metric-family.js'

export async function prometheusText(
  families: readonly (MetricFamily | HistogramFamily)[],
  isOpenMetrics: boolean,
): Promise<string> {
  const registry = new Registry()
  if (isOpenMetrics) {
    // Its type allows no other format than that of the constructor.
    const any = registry as unknown as Registry<OpenMetricsContentType>
    any.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  }
  for (const family of families) {
    if (family.kind === 'histogram') registry.registerMetric(histogramOf(family))
    // Without a figure it would be shown as 0.
    else if (family.samples.length > 0) register(registry, family)
  }
  return await registry.metrics()
}

function register(registry: Registry, { name, help, kind, samples }: MetricFamily): void {
  const options = { name, help, labelNames: Object.keys(samples[0]?.labels ?? {}), registers: [registry] }
  if (kind === 'counter') {
    const counter = new Counter(options)
    for (const { labels, value } of samples) counter.inc(labels, value)
    return
  }
  const gauge = new Gauge(options)
  for (const { labels, value } of samples) gauge.set(labels, value)
}

/** The histograms of prom-client count by themselves; these are counted already. */
function histogramOf({ name, help, samples }: HistogramFamily): PromMetric {
  const values = samples.flatMap(({ labels, buckets, count, sumS }) => [
    ...[...buckets, { limitS: Number.POSITIVE_INFINITY, count }].map(bucket => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: limitText(bucket.limitS) },
      value: bucket.count,
    })),
    { metricName: `${name}_sum`, labels, value: sumS },
    { metricName: `${name}_count`, labels, value: count },
  ])
  const metric = { name, help, type: 'histogram', aggregator: 'sum', values }
  return { name, get: async () => metric } as unknown as PromMetric
}

/** OpenMetrics wants a limit to be written as a float. */
function limitText(limitS: number): string {
  if (!Number.isFinite(limitS)) return '+Inf'
  return Number.isInteger(limitS) ? limitS.toFixed(1) : String(limitS)
}
