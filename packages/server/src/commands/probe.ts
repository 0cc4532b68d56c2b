// `tradelane probe`: listens to running servers as a client, and judges what it receives.

import { type ProbeOptions, runProbe } from '@tradelane/probe/probe'
import { formatReport } from '@tradelane/probe/report-text'
import { authorization } from '../client-token.js'
import { printError, printLine } from '../print.js'
import { catchStopSignals } from '../stop-signals.js'

export type ProbeCommandOptions = Pick<
  ProbeOptions,
  'urls' | 'seconds' | 'journal' | 'sim' | 'p99Ms' | 'require' | 'ack'
> & {
  /** Per URL. */
  readonly clients: number
  readonly json: boolean
}

/** Resolves to the exit code: 1 when an expectation was not met. */
export async function probe({ json, ...options }: ProbeCommandOptions): Promise<number> {
  const { urls, seconds, clients } = options
  const headers = authorization(process.env)
  const signals = catchStopSignals()
  const abort = new AbortController()
  void signals.first.then(() => abort.abort())
  if (!json) printLine(`Listening to ${urls.join(', ')} for ${seconds} s with ${clients} client(s) …`)
  try {
    const report = await runProbe({ ...options, headers, signal: abort.signal })
    printLine(json ? JSON.stringify(report) : formatReport(report))
    return report.failures.length === 0 ? 0 : 1
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    signals.release()
  }
}
