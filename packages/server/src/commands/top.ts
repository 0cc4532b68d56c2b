// `tradelane top`: the state of a running gateway on the screen, drawn again each second. Without a terminal it prints one screen.

import { setTimeout as sleep } from 'node:timers/promises'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import type { TailReport } from '@tradelane/admin/tail/tail-report'
import { reasonOf } from '@tradelane/ingest/rest/fetch'
import { authorization } from '../client-token.js'
import { coloursFor } from '../colours.js'
import { printError, printLine } from '../print.js'
import { catchStopSignals } from '../stop-signals.js'
import { adminPage, faultOf, type PageOptions } from './admin-page.js'
import { requestStat } from './stat-request.js'
import { type TopState, topScreen } from './top-screen.js'

const EVERY_MS = 1_000
/** Another screen, so that what was on this one comes back; without a cursor. */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const LINE_END = '\u001b[K'
const BELOW = '\u001b[J'
const CTRL_C = '\u0003'
/** Where the terminal does not tell. */
const SIZE = { columns: 80, rows: 24 }

/** Resolves to the exit code: 1 without a first answer; an answer that is missing later is said on the screen. */
export async function top(url: string): Promise<number> {
  const headers = authorization(process.env)
  const signals = catchStopSignals()
  const stop = new AbortController()
  void signals.first.then(() => stop.abort())
  process.stdout.once('error', () => stop.abort())
  const options = { headers, stop: stop.signal }
  try {
    const state = await newState(url, undefined, options)
    if (stop.signal.aborted) return 0
    if (!process.stdout.isTTY) return await printOnce(url, state, options)
    await watch(url, state, options, stop)
    return 0
  } catch (error) {
    if (stop.signal.aborted) return 0
    printError(`no report from ${new URL(url).origin}: ${faultOf(error)}`)
    return 1
  } finally {
    signals.release()
  }
}

type Options = PageOptions & { readonly stop: AbortSignal }

async function newState(url: string, before: StatReport | undefined, options: Options): Promise<TopState> {
  const address = new URL(url)
  const report = await requestStat(url, options)
  address.pathname = '/tail'
  const tail = JSON.parse(await adminPage(address, options)) as TailReport
  const state = { address: address.host, report, before, tail, fault: null }
  // Throws for what is no report of ours.
  topScreen(state, SIZE, coloursFor({ isTTY: false }, {}))
  return state
}

/** Rates need two reports. */
async function printOnce(url: string, { report }: TopState, options: Options): Promise<number> {
  await sleep(EVERY_MS, undefined, { signal: options.stop }).catch(() => {})
  const state = await newState(url, report, options)
  const lines = topScreen(state, { ...SIZE, rows: Number.POSITIVE_INFINITY }, coloursFor(process.stdout, process.env))
  printLine(lines.slice(0, -1).join('\n'))
  return 0
}

async function watch(url: string, first: TopState, options: Options, stop: AbortController): Promise<void> {
  const { stdout } = process
  const colours = coloursFor(stdout, process.env)
  let state = first
  const draw = (): void => {
    const lines = topScreen(state, { columns: stdout.columns || SIZE.columns, rows: stdout.rows || SIZE.rows }, colours)
    stdout.write(`${HOME}${lines.map(line => `${line}${LINE_END}`).join('\r\n')}${BELOW}`)
  }
  const releaseKeys = onQuit(() => stop.abort())
  stdout.write(ENTER)
  stdout.on('resize', draw)
  try {
    while (!stop.signal.aborted) {
      draw()
      await sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {})
      if (stop.signal.aborted) return
      try {
        state = await newState(url, state.report, options)
      } catch (error) {
        state = { ...state, fault: reasonOf(error) }
      }
    }
  } finally {
    stdout.off('resize', draw)
    stdout.write(LEAVE)
    releaseKeys()
  }
}

/** Keys come one by one while the terminal is raw, Ctrl-C among them. */
function onQuit(quit: () => void): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => {}
  const onKey = (keys: Buffer): void => {
    if (/[qQ]/.test(keys.toString('latin1')) || keys.includes(CTRL_C)) quit()
  }
  stdin.setRawMode(true)
  stdin.on('data', onKey)
  return () => {
    stdin.off('data', onKey)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
