// Requests the report of a running gateway from its admin address.

import type { StatReport } from '@tradelane/admin/stat/stat-report'
import { formatStat } from '@tradelane/admin/stat/stat-text'
import { adminPage, type PageOptions } from './admin-page.js'

/** Throws without one. */
export async function requestStat(url: string, options: PageOptions): Promise<StatReport> {
  const address = new URL(url)
  address.pathname = '/stat'
  const text = await adminPage(address, options)
  try {
    const report = JSON.parse(text) as StatReport
    // Another program may listen there.
    formatStat(report)
    return report
  } catch {
    throw new Error('its answer is no report of tradelane')
  }
}
