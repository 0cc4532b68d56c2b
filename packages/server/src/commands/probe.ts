// `tradelane probe`: listens to running servers as a client, and judges what it hears.

import { runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import type { WireKind } from '@tradelane/probe/wire-kinds'
import { printError, printLine } from '../print.js'
import { catchStopSignals } from '../stop-signals.js'

export interface ProbeCommandOptions {
  readonly urls: readonly string[]
  readonly seconds: number
  readonly clients: number
  readonly journal?: string
  readonly sim?: string
  readonly json: boolean
  readonly p99Ms?: number
  readonly require?: readonly WireKind[]
}

/** Exit code 1 when a target was missed. */
export async function probe(options: ProbeCommandOptions): Promise<number> {
  const { urls, seconds, clients, journal, sim, p99Ms, require } = options
  const signals = catchStopSignals()
  const abort = new AbortController()
  void signals.first.then(() => abort.abort())
  if (!options.json) printLine(`Listening to ${urls.join(', ')} for ${seconds} s with ${clients} client(s) …`)
  try {
    const report = await runProbe({
      urls,
      seconds,
      clients,
      signal: abort.signal,
      ...(journal === undefined ? {} : { journal }),
      ...(sim === undefined ? {} : { sim }),
      ...(p99Ms === undefined ? {} : { p99Ms }),
      ...(require === undefined ? {} : { require }),
    })
    printLine(options.json ? JSON.stringify(report) : formatReport(report))
    return report.failures.length === 0 ? 0 : 1
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    signals.release()
  }
}
