// The handle on the attackers' process.

import { AskedProcess } from './asked-process.js'
import type { Doors } from './attack.js'
import type { AttackMessage, AttackRequest, Tallies } from './attack-process.js'

/** Not the address of the honest clients: a limit per address must not hit them. */
export const ATTACKERS_ADDRESSES: readonly string[] = ['127.0.0.66']
/** An attack that is not ended ends by itself. */
const ATTACK_MS_MAX = 30_000

export interface AttackOptions {
  readonly names: readonly string[]
  readonly doors: Doors
  /** 1 if absent. */
  readonly share?: number
  readonly from?: readonly string[]
  /** Of the server that is attacked, where it is known. */
  readonly stream?: string
}

export class Attackers {
  readonly #process: AskedProcess<AttackRequest, AttackMessage>

  private constructor(process: AskedProcess<AttackRequest, AttackMessage>) {
    this.#process = process
  }

  static async start(nice = 0): Promise<Attackers> {
    const module = new URL('./attack-process.js', import.meta.url)
    return new Attackers(await AskedProcess.start(module, 'the attackers', [String(nice)]))
  }

  /** Resolves once the attack is under way. */
  async begin({ names, doors, share = 1, from = ATTACKERS_ADDRESSES, stream = '' }: AttackOptions): Promise<void> {
    await this.#process.ask({ type: 'begin', names, doors, share, from, stream, msMax: ATTACK_MS_MAX }, 'begun')
  }

  /** What they saw so far. */
  async look(): Promise<Tallies> {
    return (await this.#process.ask({ type: 'look' }, 'seen')).tallies
  }

  async end(): Promise<Tallies> {
    return (await this.#process.ask({ type: 'end' }, 'ended')).tallies
  }

  async stop(): Promise<void> {
    await this.#process.stop()
  }
}
