// The built program as a process of its own, as a user runs it: started, waited for, stopped. Used by the end-to-end tests.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chooseFreePort } from '@tradelane/server/exclusive-port'

export const MAIN = fileURLToPath(import.meta.resolve('@tradelane/server/main'))
const READY_MS_MAX = 30_000
const STOP_MS_MAX = 10_000
/** What takes a second on an idle machine may take long beside other tests. */
const CONDITION_MS_MAX = 30_000
const POLL_MS = 10

export class Program {
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>
  #output = ''

  /** `nodeArgs`: what Node itself is to do. `openFilesMax`: how many descriptors it may open, and each of its children. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { nodeArgs = [], openFilesMax }: { readonly nodeArgs?: readonly string[]; readonly openFilesMax?: number } = {},
  ) {
    const command = [process.execPath, ...nodeArgs, MAIN, ...args]
    const limited =
      openFilesMax === undefined ? command : ['sh', '-c', `ulimit -n ${openFilesMax}; exec "$@"`, 'sh', ...command]
    this.#child = spawn(limited[0] ?? '', limited.slice(1), {
      // The default port may be that of a running Tradelane.
      env: { ...process.env, ADMIN_ADDR: '127.0.0.1:0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const collect = (chunk: Buffer): void => {
      this.#output += chunk
    }
    this.#child.stdout?.on('data', collect)
    this.#child.stderr?.on('data', collect)
    this.#exited = new Promise(resolve => this.#child.once('exit', code => resolve(code)))
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Everything printed so far, both streams. */
  get output(): string {
    return this.#output
  }

  /** Resolves to the exit code; null where a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#exited
  }

  /** Resolves once this URL answers 200; ends the program where that takes too long. */
  async untilReady(url: string): Promise<void> {
    const deadlineMs = performance.now() + READY_MS_MAX
    while (performance.now() < deadlineMs) {
      assert.equal(this.#child.exitCode, null, `the program ended before it was ready:\n${this.#output}`)
      const isReady = await fetch(url).then(
        response => response.status === 200,
        () => false,
      )
      if (isReady) return
      await sleep(50)
    }
    this.#child.kill('SIGKILL')
    throw new Error(`not ready within ${READY_MS_MAX} ms:\n${this.#output}`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends the signal and resolves with the exit code and the time it took. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<{ code: number | null; ms: number }> {
    const startedMs = performance.now()
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX)
    this.#child.kill(signal)
    const code = await this.#exited
    clearTimeout(killer)
    return { code, ms: performance.now() - startedMs }
  }
}

export async function freePort(): Promise<number> {
  return await chooseFreePort('127.0.0.1')
}

/** Polls until it is true; fails after `msMax` with what it waited for. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string | (() => string),
  msMax = CONDITION_MS_MAX,
): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!(await isTrue())) {
    if (performance.now() >= deadlineMs)
      assert.fail(`not within ${msMax} ms: ${typeof what === 'string' ? what : what()}`)
    await sleep(POLL_MS)
  }
}

export async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
