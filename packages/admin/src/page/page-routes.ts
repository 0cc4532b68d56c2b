// What the page is answered: its files, which need no token, and what it asks for beside the reports of everyone.

import type { Context, Hono } from 'hono'
import { type CachedReport, jsonText } from '../http/cached-report.js'
import type { TailReport } from '../tail/tail-report.js'
import type { TradeAccounts } from '../tail/trade-accounts.js'
import type { PageSite } from './page-site.js'

export interface PageSources {
  readonly site: PageSite
  readonly accounts: TradeAccounts
  readonly tail: CachedReport<TailReport>
}

const JSON_TYPE = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-type': 'application/json',
}
const TEXT_TYPE = { ...JSON_TYPE, 'content-type': 'text/plain; charset=utf-8' }

export function addPageRoutes(app: Hono, { site, accounts, tail }: PageSources): void {
  const file = (context: Context): Response => {
    const { path } = context.req
    const acceptsGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '')
    const answer = site.answer(path, context.req.header('host') ?? '', acceptsGzip)
    if (answer === undefined) return context.body('not found\n', 404, TEXT_TYPE)
    return context.body(answer.bytes, 200, answer.headers)
  }
  const serve = (path: string, handler: (context: Context) => Response): void => {
    app.get(path, handler)
    app.all(path, context => context.body('expected GET or HEAD\n', 405, { ...TEXT_TYPE, allow: 'GET, HEAD' }))
  }
  serve('/', file)
  serve('/assets/:name', file)
  serve('/page/tail', context => {
    accounts.keep()
    return context.body(tail.bytes(jsonText), 200, JSON_TYPE)
  })
  serve('/page/trade/:sequence', context => {
    accounts.keep()
    const sequence = Number(context.req.param('sequence'))
    if (!Number.isSafeInteger(sequence) || sequence < 1) return context.body('expected a sequence\n', 400, TEXT_TYPE)
    return context.body(jsonText(accounts.accountOf(sequence)), 200, JSON_TYPE)
  })
}
