// What the admin address answers, by path. Everything here is read from reports that are shared by all requests.

import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { Hono } from 'hono/tiny'
import { METRICS_TYPES, type MetricsPage, type MetricsType } from '../metrics/metrics-page.js'
import type { ReadinessReport } from '../readiness.js'
import type { StatReport } from '../stat/stat-report.js'
import { formatTail, type TailReport } from '../tail/tail-report.js'
import { type CachedReport, jsonText } from './cached-report.js'

export interface Reports {
  readonly readiness: CachedReport<ReadinessReport>
  readonly stat: CachedReport<StatReport>
  readonly tail: CachedReport<TailReport>
  readonly metrics: MetricsPage
}

type Handler = (context: Context) => Response | Promise<Response>

export function newRoutes({ readiness, stat, tail, metrics }: Reports, limitedLog: RateLimitedLog): Hono {
  const app = new Hono()
  const serve = (path: string, handler: Handler): void => {
    // Also HEAD: it is the same without the body.
    app.get(path, handler)
    app.all(path, context => context.body('expected GET or HEAD\n', 405, { ...TEXT, allow: 'GET, HEAD' }))
  }
  serve('/healthz', context => context.body('ok\n', 200, TEXT))
  serve('/readyz', context => {
    const { ready } = readiness.newest()
    return context.body(readiness.bytes(jsonText), ready ? 200 : 503, JSON_TYPE)
  })
  serve('/stat', context => context.body(stat.bytes(jsonText), 200, JSON_TYPE))
  serve('/tail', context => {
    // Text only where the request accepts that first.
    if (!context.req.header('accept')?.startsWith('text/plain'))
      return context.body(tail.bytes(jsonText), 200, JSON_TYPE)
    return context.body(tail.bytes(formatTail), 200, TEXT)
  })
  serve('/metrics', async context => {
    const supports = Object.keys(METRICS_TYPES)
    const type = accepts(context, { header: 'Accept', supports, default: 'text/plain' }) as MetricsType
    return context.body(await metrics.bytes(type), 200, { ...COMMON, 'content-type': METRICS_TYPES[type] })
  })
  app.notFound(context => context.body('not found\n', 404, TEXT))
  app.onError((error, context) => {
    limitedLog.write('error', 'admin request failed', context.req.path, { reason: error.message })
    return context.body('internal error\n', 500, TEXT)
  })
  return app
}

const COMMON = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
const TEXT = { ...COMMON, 'content-type': 'text/plain; charset=utf-8' }
const JSON_TYPE = { ...COMMON, 'content-type': 'application/json' }
