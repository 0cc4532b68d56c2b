// A server that is a module of this package: it reports its port.

import type { RunningVariant } from '../variants/variant.js'
import type { ListeningMessage } from '../variants/variant-process.js'
import { forkChild } from './child.js'

export async function startModule(module: URL, ...args: readonly string[]): Promise<RunningVariant & { pid: number }> {
  const { child, answer } = await forkChild(module, args, readListening)
  return { url: `ws://127.0.0.1:${answer}`, pid: child.pid, stop: () => child.stop() }
}

function readListening(message: unknown): number | undefined {
  const { type, port } = message as Partial<ListeningMessage>
  return type === 'listening' ? port : undefined
}
