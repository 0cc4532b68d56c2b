// The times between two looks for trades of a gateway in its own thread (`looks.ts`), counted by their length: processor time of that
// thread, so that what else the machine does is not in it. The same file is the worker of the gateway, which notes each of them,
// and the handle on the counts.

import { isMainThread, workerData } from 'node:worker_threads'
import { Looks } from '@tradelane/gateway/looks'
import { processorNs } from '../run/processor-time.js'

const BUCKET_US = 10
/** The last one has everything longer. */
const BUCKETS = 10_000
const NS_PER_BUCKET = BUCKET_US * 1_000

interface LookGapsStart {
  readonly lookGaps?: Int32Array
}

export class LookGaps {
  readonly #counts = new Int32Array(new SharedArrayBuffer(BUCKETS * 4))

  /** For the start of a gateway. */
  get options(): { entry: string; more: LookGapsStart } {
    return { entry: import.meta.url, more: { lookGaps: this.#counts } }
  }

  clear(): void {
    this.#counts.fill(0)
  }

  get count(): number {
    return this.countFrom(0)
  }

  /** Of at least this length. */
  countFrom(us: number): number {
    return this.#counts.subarray(us / BUCKET_US).reduce((sum, count) => sum + count, 0)
  }

  /** The end of the bucket in which it is. */
  usAt(percent: number): number {
    let left = this.count * (percent / 100)
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return (bucket + 1) * BUCKET_US
    }
    return BUCKETS * BUCKET_US
  }
}

function record(counts: Int32Array): void {
  let sinceNs = processorNs()
  const noteLook = (): void => {
    const nowNs = processorNs()
    counts[Math.min(BUCKETS - 1, Math.floor((nowNs - sinceNs) / NS_PER_BUCKET))]! += 1
    sinceNs = nowNs
  }
  const { isTradeWaiting, isDue, turnStarted, tradesSent } = Looks.prototype
  Looks.prototype.isTradeWaiting = function (this: Looks): boolean {
    noteLook()
    return isTradeWaiting.call(this)
  }
  Looks.prototype.turnStarted = function (this: Looks, nowMs: number): void {
    if (isIdle(this)) sinceNs = processorNs()
    else noteLook()
    turnStarted.call(this, nowMs)
  }
  Looks.prototype.isDue = function (this: Looks): boolean {
    if (isIdle(this)) sinceNs = processorNs()
    return isDue.call(this)
  }
  Looks.prototype.tradesSent = function (this: Looks): void {
    tradesSent.call(this)
    sinceNs = processorNs()
  }
}

/** With nothing to do, until now. */
function isIdle({ lookedMs }: Looks): boolean {
  return lookedMs === Number.NEGATIVE_INFINITY
}

const counts = isMainThread ? undefined : (workerData as LookGapsStart | null)?.lookGaps
if (counts !== undefined) {
  record(counts)
  await import('@tradelane/gateway/worker')
}
