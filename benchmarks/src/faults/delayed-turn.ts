// Each turn of the gateway takes 5 ms longer.

import { PriorityMerge } from '@tradelane/gateway/priority-merge'

const DELAY_MS = 5

const cell = new Int32Array(new SharedArrayBuffer(4))
const doWork = PriorityMerge.prototype.doWork

PriorityMerge.prototype.doWork = function (this: PriorityMerge): number {
  Atomics.wait(cell, 0, 0, DELAY_MS)
  return doWork.call(this)
}
