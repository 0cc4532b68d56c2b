// A process that attacks one port on this machine for a while, as `attack` asks: every kind is bounded in rate and time. Prints
// what it did and got, as JSON.

import { fork } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

const REQUEST = 'GET /stat HTTP/1.1\r\nHost: localhost\r\n'

/** `first` and then `next`, again and again, on each of so many connections; a new one after each end. */
export const ATTACKS = {
  /** Requests of 16 KiB at a time without waiting for answers, which are read. */
  pipelining: { connections: 4, isReading: true, first: '', next: `${REQUEST}\r\n`.repeat(400) },
  /** One request each; its answer is never read. */
  unread: { connections: 64, isReading: false, first: `${REQUEST}\r\n`, next: '' },
  /** Nothing is sent. */
  idle: { connections: 500, isReading: true, first: '', next: '' },
  /** A request that never ends. */
  slow: { connections: 100, isReading: true, first: REQUEST, next: 'X: 1\r\n' },
  nonsense: { connections: 64, isReading: true, first: '', next: '\0\x16\x03\x01 nonsense\r\n' },
} as const
export type Attack = keyof typeof ATTACKS

export interface AttackResult {
  readonly connects: number
  readonly chunks: number
  readonly bytesRead: number
}

const EVERY_MS = 10
/** Of all connections together: one that is closed is opened again no sooner. */
const CONNECTS_PER_STEP_MAX = 5

/** In a process of its own, so that it shares neither memory nor event loop with what it attacks. */
export async function attack(port: number, kind: Attack, seconds: number): Promise<AttackResult> {
  const child = fork(fileURLToPath(import.meta.url), [String(port), kind, String(seconds)])
  const result = await new Promise<AttackResult>((resolve, reject) => {
    child.once('message', message => resolve(message as AttackResult))
    child.once('exit', code => reject(new Error(`the attacker exited with ${code}`)))
  })
  child.kill('SIGKILL')
  return result
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run()

function run(): void {
  const [port, kind, seconds] = [Number(process.argv[2]), process.argv[3] as Attack, Number(process.argv[4])]
  const { connections, isReading, first, next } = ATTACKS[kind]
  const bytes = Buffer.from(next)
  const open = new Set<Socket>()
  let [connects, chunks, bytesRead] = [0, 0, 0]
  const add = (): void => {
    const socket = connect(port, '127.0.0.1')
    connects += 1
    open.add(socket)
    socket.on('error', () => {}).once('close', () => open.delete(socket))
    if (first !== '') socket.write(first)
    if (!isReading) socket.pause()
    else {
      socket.on('data', data => {
        bytesRead += data.length
      })
    }
  }
  setInterval(() => {
    for (let count = 0; count < CONNECTS_PER_STEP_MAX && open.size < connections; count += 1) add()
    for (const socket of open) {
      if (bytes.length === 0 || socket.connecting || socket.writableLength > 0) continue
      socket.write(bytes)
      chunks += 1
    }
  }, EVERY_MS)
  setTimeout(() => process.send?.({ connects, chunks, bytesRead } satisfies AttackResult), seconds * 1_000)
}
