// `/metrics`: the report of `/stat`, and the histograms of hops. Made at most as often as that report; all requests in between share
// its bytes.

import type { ProductLabel } from '@tradelane/shared/market/nouns'
import type { CachedReport } from '../http/cached-report.js'
import type { ReadinessReport } from '../readiness.js'
import type { StatReport } from '../stat/stat-report.js'
import { hopFamily } from './hop-family.js'
import type { HistogramFamily, MetricFamily } from './metric-family.js'
import { statFamilies } from './stat-families.js'
import { stateFamilies } from './state-families.js'

/** By the media type that a request accepts. */
export const METRICS_TYPES = {
  'text/plain': 'text/plain; version=0.0.4; charset=utf-8',
  'application/openmetrics-text': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const
export type MetricsType = keyof typeof METRICS_TYPES

export interface MetricsSources {
  readonly stat: CachedReport<StatReport>
  readonly readiness: CachedReport<ReadinessReport>
  readonly traces: SharedArrayBuffer
  readonly products: readonly ProductLabel[]
}

type Bytes = Uint8Array<ArrayBuffer>

export class MetricsPage {
  readonly #sources: MetricsSources
  #report: StatReport | undefined
  #families: readonly (MetricFamily | HistogramFamily)[] = []
  readonly #pages = new Map<MetricsType, Promise<Bytes>>()

  constructor(sources: MetricsSources) {
    this.#sources = sources
  }

  async bytes(type: MetricsType): Promise<Bytes> {
    this.#refresh()
    const made = this.#pages.get(type) ?? pageOf(this.#families, type)
    this.#pages.set(type, made)
    return await made
  }

  #refresh(): void {
    const { stat, readiness, traces, products } = this.#sources
    const report = stat.newest()
    if (report === this.#report) return
    this.#report = report
    this.#pages.clear()
    this.#families = [
      ...statFamilies(report),
      ...stateFamilies(report, readiness.newest(), products),
      hopFamily(traces, products),
    ]
  }
}

async function pageOf(families: readonly (MetricFamily | HistogramFamily)[], type: MetricsType): Promise<Bytes> {
  const { prometheusText } = await import('./prometheus-text.js')
  return Buffer.from(await prometheusText(families, type === 'application/openmetrics-text'))
}
