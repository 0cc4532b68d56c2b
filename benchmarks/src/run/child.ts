// A process that a run starts and always ends: it is asked to exit, and killed when it does not.

import { type ChildProcess, fork, spawn } from 'node:child_process'

export interface Child {
  readonly pid: number
  /** Program and arguments. */
  readonly command: string
  /** Resolves when it has exited, with how it ended and its last output. */
  readonly exited: Promise<string>
  /** Never rejects. */
  stop(): Promise<void>
}

const STOP_MS_MAX = 5_000
const START_MS_MAX = 20_000
const OUTPUT_CHARS = 4_000

const running = new Set<ChildProcess>()

/** For an exit that cannot wait. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Runs a module; resolves with what `read` returns for the first message that it understands. */
export async function forkChild<Answer>(
  module: URL,
  args: readonly string[],
  read: (message: unknown) => Answer | undefined,
  /** A program and arguments that start Node. */
  [launcher, ...launcherArgs]: readonly string[] = [],
): Promise<{ child: Child; process: ChildProcess; answer: Answer }> {
  const how =
    launcher === undefined
      ? { execArgv: [] }
      : { execPath: launcher, execArgv: [...launcherArgs, globalThis.process.execPath] }
  const process = fork(module, [...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], ...how })
  const child = watch(process, 'disconnect')
  const answer = await firstAnswer(child, handle => process.on('message', handle), read)
  return { child, process, answer }
}

/** Runs a program; resolves with what `read` returns for the first line of standard output that it understands. */
export async function spawnChild<Answer>(
  command: string,
  args: readonly string[],
  read: (line: string) => Answer | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ child: Child; answer: Answer }> {
  const program = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const child = watch(program, 'signal')
  const onLine = (handle: (line: unknown) => void): void => {
    let rest = ''
    program.stdout.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) handle(line)
    })
  }
  return { child, answer: await firstAnswer(child, onLine, line => read(String(line))) }
}

function watch(process: ChildProcess, end: 'disconnect' | 'signal'): Child {
  running.add(process)
  let output = ''
  for (const stream of [process.stdout, process.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARS)
    })
  }
  const exited = new Promise<string>(resolve => {
    const finish = (how: string): void => {
      running.delete(process)
      resolve(`${how}${output === '' ? '' : `: ${output.trim().split('\n').slice(-3).join(' / ')}`}`)
    }
    process.once('error', error => finish(error.message))
    process.once('exit', (code, signal) => finish(`ended with ${signal ?? `code ${code}`}`))
  })
  const stop = async (): Promise<void> => {
    if (!running.has(process)) return
    if (end === 'disconnect' && process.connected) process.disconnect()
    else process.kill('SIGTERM')
    const timer = setTimeout(() => process.kill('SIGKILL'), STOP_MS_MAX)
    await exited
    clearTimeout(timer)
  }
  return { pid: process.pid ?? 0, command: process.spawnargs.join(' '), exited, stop }
}

async function firstAnswer<Answer>(
  child: Child,
  subscribe: (handle: (message: unknown) => void) => void,
  read: (message: unknown) => Answer | undefined,
): Promise<Answer> {
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${child.command} did not start within ${START_MS_MAX} ms`)),
        START_MS_MAX,
      )
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        act()
      }
      subscribe(message => {
        const answer = read(message)
        if (answer !== undefined) settle(() => resolve(answer))
      })
      void child.exited.then(how => settle(() => reject(new Error(`${child.command} ${how}`))))
    })
  } catch (error) {
    await child.stop()
    throw error
  }
}
