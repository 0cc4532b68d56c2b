// The gateway loses time in each of its turns.

import { GatewayAgent } from '@tradelane/gateway/gateway-agent'

const DELAY_MS = 5

const cell = new Int32Array(new SharedArrayBuffer(4))
const doWork = GatewayAgent.prototype.doWork

GatewayAgent.prototype.doWork = function (this: GatewayAgent): number {
  Atomics.wait(cell, 0, 0, DELAY_MS)
  return doWork.call(this)
}
