// Reads what the block meter in the product's threads writes.

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Blocks {
  /** Null where nothing is measured. */
  readonly longestUs: number | null
  /** Processor time between turns: what the gateway did that was not for a trade. */
  readonly betweenUs: number
  readonly longestTurnUs: number
  /** Trades handed to sockets without a look for newer ones; the most. */
  readonly sendsBetweenLooks: number
}

const POLL_MS = 20

export class BlockFigures {
  readonly #path: string
  /** Bytes of the file that earlier calls have read. */
  #readBytes = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Everything so far is left out of the next figures. */
  skip(): void {
    this.#readBytes = sizeOf(this.#path)
  }

  /** Since the last call; waits until the gateway has taken a turn after now, at most `msMax`. */
  async take(msMax: number): Promise<Blocks> {
    const nowUs = Number(process.hrtime.bigint() / 1_000n)
    const deadlineMs = performance.now() + msMax
    let [longestUs, betweenUs, longestTurnUs, sendsBetweenLooks] = [-1, 0, 0, 0]
    for (;;) {
      let endUs = 0
      for (const line of this.#newLines()) {
        const [windowEndUs = 0, longest = 0, between = 0, turn = 0, sends = 0] = line.split(' ').map(Number)
        endUs = windowEndUs
        longestUs = Math.max(longestUs, longest)
        betweenUs += between
        longestTurnUs = Math.max(longestTurnUs, turn)
        sendsBetweenLooks = Math.max(sendsBetweenLooks, sends)
      }
      if (endUs >= nowUs || performance.now() >= deadlineMs) break
      await sleep(POLL_MS)
    }
    return { longestUs: longestUs < 0 ? null : longestUs, betweenUs, longestTurnUs, sendsBetweenLooks }
  }

  #newLines(): readonly string[] {
    const size = sizeOf(this.#path)
    if (size <= this.#readBytes) return []
    const bytes = Buffer.alloc(size - this.#readBytes)
    const file = openSync(this.#path, 'r')
    readSync(file, bytes, 0, bytes.length, this.#readBytes)
    closeSync(file)
    const end = bytes.lastIndexOf('\n') + 1
    this.#readBytes += end
    return bytes.toString('latin1', 0, end).split('\n').filter(Boolean)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
