// What `/stat` shows as words, as metrics: 1 for what is the case. Per product, thread and kind, never per client.

import type { ProductLabel } from '@tradelane/shared/market/nouns'
import type { ReadinessReport } from '../readiness.js'
import type { StatReport } from '../stat/stat-report.js'
import type { Labels, MetricFamily, Sample } from './metric-family.js'

export function stateFamilies(
  report: StatReport,
  readiness: ReadinessReport,
  products: readonly ProductLabel[],
): MetricFamily[] {
  const { process, threads, links } = report
  const labelsOf = (id: string): Labels => ({
    venue: products.find(product => product.id === id)?.venue ?? '',
    product: id,
  })
  return [
    gauge('build_info', 'is always 1; its label is the version', [{ labels: { version: process.version }, value: 1 }]),
    gauge('ready', 'is 1 while clients are served as they should be: what /readyz says', [
      { labels: {}, value: bit(readiness.ready) },
    ]),
    gauge(
      'thread_running',
      'is 1 while the thread runs',
      threads.map(({ role, state }) => ({ labels: { thread: role }, value: bit(state === 'running') })),
    ),
    gauge(
      'link_live',
      'is 1 while everything of the product and kind comes',
      links.list.map(({ product, kind, state }) => ({
        labels: { ...labelsOf(product), kind },
        value: bit(state === 'live'),
      })),
    ),
    gauge(
      'book_stale_age_seconds',
      'since the oldest stale book of the product became stale, of instruments that trade; 0 without one',
      [...staleAges(report).map(([product, value]) => ({ labels: labelsOf(product), value }))],
    ),
  ]
}

/** Reasons why a book is rightly stale, maybe for ever. */
const NOT_TRADED: ReadonlySet<string> = new Set(['not_trading', 'not_listed'])

/** By product with a link of books. */
function staleAges({ at, books, links }: StatReport): [product: string, seconds: number][] {
  const productIds = new Set(links.list.filter(({ kind }) => kind === 'order_book_l2').map(({ product }) => product))
  return [...productIds].map(id => {
    const ages = books.notLive
      .filter(({ product, state, reason }) => product === id && state === 'stale' && !NOT_TRADED.has(reason))
      .map(({ since }) => (Date.parse(at) - Date.parse(since ?? at)) / 1_000)
    return [id, Math.max(0, ...ages)]
  })
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name: `tradelane_${name}`, help, kind: 'gauge', samples }
}

function bit(isTrue: boolean): number {
  return isTrue ? 1 : 0
}
