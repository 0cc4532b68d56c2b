// `tradelane record FILE`: records what the venues send, as a capture that the simulator can serve. A process of its own, so
// that it shares only the network with a gateway's trades; it subscribes and resyncs exactly as a gateway does.

import { CaptureWriter } from '../capture-writer.js'
import { deferred } from '../deferred.js'
import { newRecorderProcess } from '../gateway-process.js'
import { printError, printLine } from '../print.js'
import { newProcessLog } from '../process-log.js'
import type { Settings } from '../settings.js'
import { catchStopSignals } from '../stop-signals.js'

export interface RecordOptions {
  readonly path: string
  readonly settings: Settings
  readonly seconds: number
  readonly bytesMax: number
}

const PROGRESS_MS = 5_000
/** Threads start and venues answer within it on any machine. */
const FIRST_FRAME_S_MAX = 30

/** Resolves to the exit code. */
export async function record({ path, settings, seconds, bytesMax }: RecordOptions): Promise<number> {
  const signals = catchStopSignals()
  const startMs = performance.now()
  const ended = deferred<Error | null>()
  const timeIsUp = deferred<null>()
  let timer: NodeJS.Timeout | undefined
  const endAfter = (s: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => timeIsUp.resolve(null), s * 1_000)
  }
  const writer = new CaptureWriter({ path, bytesMax, onEnd: ended.resolve })
  // The time runs from the first frame: how long the venues take to answer is no part of a recording.
  const onLines = (lines: readonly string[]): void => {
    if (writer.lineCount === 0) endAfter(seconds)
    writer.write(lines)
  }
  const supervisor = newRecorderProcess(settings, await newProcessLog(settings.logLevel), onLines)
  const failed = supervisor.failed.then(({ message }) => new Error(message))
  printLine(`Recording to ${path} for ${seconds} s or ${bytesMax / 1e6} MB. Ctrl-C stops earlier.`)
  const printProgress = (): void => printLine(progressLine(startMs, writer))
  const progress = setInterval(printProgress, PROGRESS_MS)
  endAfter(Math.max(seconds, FIRST_FRAME_S_MAX))
  await Promise.race([supervisor.start(), signals.first, ended.promise, failed])
  const error = await Promise.race([timeIsUp.promise, signals.first.then(() => null), ended.promise, failed])
  clearInterval(progress)
  await Promise.race([supervisor.stop(), signals.second])
  clearTimeout(timer)
  signals.release()
  return await finish(writer, error, path, printProgress)
}

async function finish(
  writer: CaptureWriter,
  error: Error | null,
  path: string,
  printProgress: () => void,
): Promise<number> {
  try {
    await writer.close()
    if (error !== null) throw error
  } catch (failure) {
    printError(`recording to ${path} failed: ${failure instanceof Error ? failure.message : String(failure)}`)
    return 1
  }
  printProgress()
  if (writer.lineCount > 0) return 0
  printError(`${path} is empty: no venue sent data`)
  return 1
}

function progressLine(startMs: number, { lineCount, fileBytes }: CaptureWriter): string {
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0)
  return `${seconds} s: ${lineCount.toLocaleString('en-US')} lines, ${(fileBytes / 1e6).toFixed(1)} MB`
}
