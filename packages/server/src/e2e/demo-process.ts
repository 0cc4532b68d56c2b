// Starts the product as a user does, `tradelane demo` in its own process with its own simulator, and stops it again.
// Used by the end-to-end tests only. Ports are free ones, so that a test never meets a running Tradelane.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const READY_MS_MAX = 30_000
const STOP_MS_MAX = 10_000

export interface DemoOptions {
  readonly scenario?: 'quiet' | 'normal' | 'burst' | 'storm'
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** The gateway's port; a free one when absent. */
  readonly port?: number
}

export interface DemoProcess {
  readonly url: string
  readonly httpUrl: string
  readonly simUrl: string
  readonly journal: string
  readonly pid: number
  /** Everything printed so far, both streams. */
  output(): string
  /** Sends the signal and resolves with the exit code and the time it took. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; ms: number }>
}

/** Resolves once `/readyz` answers 200. The journal lives in a folder of its own, removed by `stop`. */
export async function startDemo(options: DemoOptions = {}): Promise<DemoProcess> {
  const [wsPort, simPort] = [options.port ?? (await freePort()), await freePort()]
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-e2e-'))
  const journal = join(folder, 'journal.txt')
  const args = ['demo', '--scenario', options.scenario ?? 'normal', '--ws-addr', `127.0.0.1:${wsPort}`]
  args.push('--sim-port', String(simPort), '--journal', journal, ...(options.args ?? []))
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const httpUrl = `http://127.0.0.1:${wsPort}`
  const demo: DemoProcess = {
    url: `ws://127.0.0.1:${wsPort}`,
    httpUrl,
    simUrl: `http://127.0.0.1:${simPort}`,
    journal,
    pid: child.pid ?? -1,
    output: () => output,
    stop: async (signal = 'SIGINT') => {
      const stopped = await stop(child, signal)
      await rm(folder, { recursive: true, force: true })
      return stopped
    },
  }
  try {
    await untilReady(child, httpUrl, demo.output)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return demo
}

async function untilReady(child: ChildProcess, httpUrl: string, output: () => string): Promise<void> {
  const deadlineMs = performance.now() + READY_MS_MAX
  while (performance.now() < deadlineMs) {
    assert.equal(child.exitCode, null, `the demo ended before it was ready:\n${output()}`)
    const isReady = await fetch(`${httpUrl}/readyz`).then(
      response => response.status === 200,
      () => false,
    )
    if (isReady) return
    await sleep(50)
  }
  throw new Error(`not ready within ${READY_MS_MAX} ms:\n${output()}`)
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }> {
  const startedMs = performance.now()
  if (child.exitCode !== null || child.signalCode !== null) return { code: child.exitCode, ms: 0 }
  const exited = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  child.kill(signal)
  const code = await exited
  clearTimeout(killer)
  return { code, ms: performance.now() - startedMs }
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

export async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
