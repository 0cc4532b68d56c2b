// The simulated venues as a process of their own, and what is asked of their control endpoint.

import type { SimMessage } from '@tradelane/server/sim-options'
import { type Child, forkChild } from './child.js'

export interface SimulatorOptions {
  readonly scenario: string
  readonly seed: number
  /** 0 for any free port. */
  readonly port: number
  /** The file to write. */
  readonly journal: string
  /** Trades per second, instead of the scenario's. */
  readonly tradeRate?: number | undefined
  /** Of all products together. */
  readonly instruments?: number | undefined
}

const COMMAND_MS_MAX = 5_000

export async function startSimulator(options: SimulatorOptions): Promise<{ child: Child; port: number }> {
  const { scenario, seed, port, journal, tradeRate, instruments } = options
  const args = ['sim', '--port', String(port), '--scenario', scenario, '--seed', String(seed), '--journal', journal]
  if (tradeRate !== undefined) args.push('--trade-rate', String(tradeRate))
  if (instruments !== undefined) args.push('--instruments', String(instruments))
  const main = new URL(import.meta.resolve('@tradelane/server/main'))
  const { child, answer } = await forkChild(main, args, message => {
    const { type } = message as SimMessage
    return type === 'listening' || type === 'failed' ? (message as SimMessage) : undefined
  })
  if (answer.type === 'listening') return { child, port: answer.port }
  await child.stop()
  throw new Error(`the simulator did not start: ${answer.message}`)
}

/** Posts to the control endpoint of the simulator at `sim`, `http://host:port`. */
export async function commandSimulator(sim: string, path: string): Promise<void> {
  const response = await fetch(`${sim}/control/${path}`, {
    method: 'POST',
    signal: AbortSignal.timeout(COMMAND_MS_MAX),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`the simulator refused ${path}: HTTP ${response.status} ${text}`)
}

export interface Settling {
  /** Complete when no topic was added for this long. */
  readonly quietMs: number
  readonly msMax: number
}

const POLL_MS = 150
/** OKX takes three connections in 1.2 s: the next ones come that much later. */
export const SETTLING: Settling = { quietMs: 1_500, msMax: 20_000 }

/** Waits until the server has subscribed at the simulator and adds no more topics. */
export async function untilSubscribed(sim: string, { quietMs, msMax }: Settling = SETTLING): Promise<void> {
  const endMs = performance.now() + msMax
  let topicCount = 0
  let changedMs = performance.now()
  while (topicCount === 0 || performance.now() - changedMs < quietMs) {
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
    const answer = await fetch(`${sim}/control/stats`)
    const { topics } = (await answer.json()) as { topics: Record<string, number> }
    const { length } = Object.keys(topics)
    if (length !== topicCount) changedMs = performance.now()
    topicCount = length
    if (performance.now() > endMs)
      throw new Error(`the server has ${topicCount} topics after ${msMax} ms and is not settled`)
  }
}
