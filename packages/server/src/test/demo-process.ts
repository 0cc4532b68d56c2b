// `tradelane demo` as its user starts it, for tests: its two processes, what they print, how they end.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
/** Limit of one program, so that none stays behind. */
const PROGRAM_MS_MAX = 60_000

/** Where demos make their journals. That of a demo that was killed stays behind. */
export const demoFolder = mkdtempSync(join(tmpdir(), 'tradelane-demo-test-'))
after(() => rmSync(demoFolder, { recursive: true, force: true }))

export interface Demo {
  readonly child: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals | null>
  said(line: RegExp): Promise<RegExpExecArray>
  /** Both streams. */
  output(): string
  stdout(): string
}

export interface ServingDemo extends Demo {
  /** That of the simulated venues. */
  readonly simPort: number
}

export async function servingDemo(args: readonly string[] = []): Promise<ServingDemo> {
  const demo = startDemo(args)
  const [, simPort] = await demo.said(/simulated venues on ws:\/\/127\.0\.0\.1:(\d+)/)
  await demo.said(/^Serving on /m)
  return { ...demo, simPort: Number(simPort) }
}

export function startDemo(args: readonly string[]): Demo {
  const flags = ['--scenario', 'quiet', '--ws-addr', '127.0.0.1:0', '--admin-addr', '127.0.0.1:0', '--admin-nice', '0']
  const child = spawn(process.execPath, [MAIN, 'demo', ...flags, ...args], {
    // Compiled before the port opens is only what latency is judged by. Beside other tests a thread that yields to every other one
    // would hardly show a book.
    env: { PATH: process.env['PATH'], TMPDIR: demoFolder, WARM_UP_MS: '0', L2_NICE: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROGRAM_MS_MAX,
    killSignal: 'SIGKILL',
  })
  let [output, stdout] = ['', '']
  child.stdout.on('data', (chunk: string) => {
    stdout += chunk
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  return {
    child,
    ended: new Promise(resolve => child.once('close', (code, signal) => resolve(code ?? signal))),
    output: () => output,
    stdout: () => stdout,
    said: async line => {
      for (;;) {
        const match = line.exec(output)
        if (match !== null) return match
        assert.ok(child.exitCode === null && child.signalCode === null, `it ended:\n${output}`)
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
  }
}

export async function isOpen(port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
