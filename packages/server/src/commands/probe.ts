// `tradelane probe`: listens to running servers as a client, and judges what it receives.

import { type ProbeOptions, runProbe } from '@tradelane/probe/probe'
import { csvOf } from '@tradelane/probe/report-csv'
import { formatReport } from '@tradelane/probe/report-text'
import { authorization } from '../client-token.js'
import { type Colours, coloursFor } from '../colours.js'
import { printError, printLine } from '../print.js'
import { ProgressLine } from '../progress-line.js'
import { catchStopSignals } from '../stop-signals.js'

export type ProbeCommandOptions = Pick<
  ProbeOptions,
  'urls' | 'seconds' | 'journal' | 'sim' | 'p99Ms' | 'require' | 'ack'
> & {
  /** Per URL. */
  readonly clients: number
  readonly json: boolean
  readonly csv: boolean
}

/** Resolves to the exit code: 1 when an expectation was not met. */
export async function probe({ json, csv, ...options }: ProbeCommandOptions): Promise<number> {
  const { urls, seconds, clients } = options
  const headers = authorization(process.env)
  const signals = catchStopSignals()
  const abort = new AbortController()
  void signals.first.then(() => abort.abort())
  endWithParent()
  if (!json && !csv) printLine(`Listening to ${urls.join(', ')} for ${seconds} s with ${clients} client(s) …`)
  const progress = new ProgressLine(process.stderr, seconds)
  try {
    const report = await runProbe({ ...options, headers, signal: abort.signal })
    progress.end()
    if (json) printLine(JSON.stringify(report))
    else if (csv) printLine(csvOf(report).trimEnd())
    else printLine(coloured(formatReport(report), coloursFor(process.stdout, process.env)))
    return report.failures.length === 0 ? 0 : 1
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    progress.end()
    signals.release()
  }
}

/** `demo` starts this command for a report of itself: nothing is left to listen to when it was killed. */
function endWithParent(): void {
  if (!process.connected) return
  process.once('disconnect', () => process.exit(1))
  process.channel?.unref()
}

/** What failed, and the verdict. */
function coloured(text: string, { green, red }: Colours): string {
  return text.replace(/^PASS$/m, green).replace(/^(?:FAIL: .*| {2}✗ .*)$/gm, red)
}
