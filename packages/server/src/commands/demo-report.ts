// What `tradelane demo` reports of itself: `tradelane probe` with the demo's own journal, in a process of its own, because where
// the gateway runs latency would be measured by what causes it.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { isServing } from '@tradelane/shared/lanes/first-status'
import { Kind } from '@tradelane/shared/market/nouns'
import type { Settings } from '../settings.js'

export interface ReportForm {
  /** How long it listens. */
  readonly seconds: number
  readonly json: boolean
  readonly csv: boolean
}

/** It ends by itself soon after a signal; comparing with a long journal takes a while. */
const STOP_MS_MAX = 60_000
/** What is not live by then is in the report. */
const READY_MS_MAX = 10_000
const READY_POLL_MS = 50

interface Subject {
  /** That clients connect to. */
  readonly url: string
  readonly journal: string
  /** URL of the simulated venues. */
  readonly sim: string
  readonly settings: Settings
  /** With its books and its links. */
  readonly boards: readonly SharedArrayBuffer[]
}

export class DemoReport {
  readonly #form: ReportForm
  #child: ChildProcess | undefined
  #ended: Promise<number> | undefined
  #isStopping = false

  constructor(form: ReportForm) {
    this.#form = form
  }

  get isStarted(): boolean {
    return this.#ended !== undefined
  }

  /** Resolves to the exit code of `probe` once its report is written. */
  start(subject: Subject): Promise<number> {
    this.#ended = this.#run(subject)
    return this.#ended
  }

  /** Listens no longer; resolves once the report is written. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#child?.kill('SIGINT')
    const killer = setTimeout(() => this.kill(), STOP_MS_MAX)
    await this.#ended
    clearTimeout(killer)
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async #run({ url, journal, sim, boards, settings: { authTokenFile } }: Subject): Promise<number> {
    await this.#untilReady(`${url.replace(/^ws/, 'http')}/readyz`, boards)
    if (this.#isStopping) return 1
    const { seconds, json, csv } = this.#form
    const args = ['probe', url, '--seconds', String(seconds), '--journal', journal, '--sim', sim]
    args.push(...(json ? ['--json'] : csv ? ['--csv'] : []))
    const isTokenInFile = authTokenFile !== null && process.env['AUTH_TOKEN'] === undefined
    const child = fork(fileURLToPath(new URL('../main.js', import.meta.url)), args, {
      // Of the channel it only learns that the demo is gone. Its own process group: Ctrl-C comes by way of `stop`.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      env: { ...process.env, ...(isTokenInFile ? { AUTH_TOKEN_FILE: authTokenFile } : {}) },
    })
    this.#child = child
    return await new Promise(resolve => child.once('exit', code => resolve(code ?? 1)))
  }

  /** What the venues sent before all was connected to them would be missing, and so would what has to be requested first. */
  async #untilReady(url: string, boards: readonly SharedArrayBuffer[]): Promise<void> {
    const readers = boards.map(board => new BoardReader(board))
    const deadlineMs = performance.now() + READY_MS_MAX
    while (!this.#isStopping && performance.now() < deadlineMs) {
      // Without an answer, as where the authority of a certificate is unknown, the report will say so.
      const status = await fetch(url).then(
        answer => answer.status,
        () => null,
      )
      if (status === null || (status === 200 && readers.every(isAllLive))) return
      await new Promise(resolve => setTimeout(resolve, READY_POLL_MS))
    }
  }
}

/** Every book and every link. */
function isAllLive(reader: BoardReader): boolean {
  reader.scan([])
  return reader.copies.every((copy, cell) => {
    const kind = reader.cells[cell]?.kind
    return (kind !== Kind.orderBookL2 && kind !== Kind.link) || isServing(copy)
  })
}
