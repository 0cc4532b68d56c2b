// `tradelane stat`: asks the admin address of a running gateway what it does, once or each second.

import { setTimeout as sleep } from 'node:timers/promises'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import { formatStat } from '@tradelane/admin/stat/stat-text'
import { authorization } from '../client-token.js'
import { printError, printLine } from '../print.js'
import { catchStopSignals } from '../stop-signals.js'
import { faultOf, type PageOptions } from './admin-page.js'
import { requestStat } from './stat-request.js'

const WATCH_MS = 1_000
const CLEAR = '\u001b[2J\u001b[H'

export interface StatCommandOptions {
  readonly json: boolean
  readonly watch: boolean
}

/** Resolves to the exit code: 1 without an answer. While it watches, an answer that is missing later is tried again. */
export async function stat(url: string, { json, watch }: StatCommandOptions): Promise<number> {
  const headers = authorization(process.env)
  const signals = catchStopSignals()
  const stop = new AbortController()
  void signals.first.then(() => stop.abort())
  // Its reader has gone (`| head`).
  process.stdout.once('error', () => stop.abort())
  let before: StatReport | undefined
  try {
    do {
      const report = await reportFrom(url, { headers, stop: stop.signal })
      if (stop.signal.aborted) return 0
      if (report === null && before === undefined) return 1
      if (report !== null) {
        show(report, before, json, watch)
        before = report
      }
      if (watch) await sleep(WATCH_MS, undefined, { signal: stop.signal }).catch(() => {})
    } while (watch && !stop.signal.aborted)
    return 0
  } finally {
    signals.release()
  }
}

/** Null without an answer, of which it prints the reason. */
async function reportFrom(url: string, options: PageOptions): Promise<StatReport | null> {
  try {
    return await requestStat(url, options)
  } catch (error) {
    // Without its query, which may have a token.
    if (options.stop?.aborted !== true) printError(`no report from ${new URL(url).origin}: ${faultOf(error)}`)
    return null
  }
}

function show(report: StatReport, before: StatReport | undefined, json: boolean, watch: boolean): void {
  if (json) {
    printLine(JSON.stringify(report))
    return
  }
  const text = formatStat(report, before)
  printLine(`${watch && process.stdout.isTTY ? CLEAR : ''}${watch ? text : text.trimEnd()}`)
}
