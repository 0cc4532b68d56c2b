// One batch of trades in a hundred is not sent to a client, and its cursor moves on.

import { Session } from '@tradelane/gateway/session'

const BATCHES_PER_LOSS = 100

const { sendTrades } = Session.prototype
let batchCount = 0

Session.prototype.sendTrades = function (this: Session, batch, nowMs): void {
  batchCount += 1
  if (batchCount % BATCHES_PER_LOSS === 0) this.skipTo((batch.sequence[batch.count - 1] ?? 0) + 1)
  else sendTrades.call(this, batch, nowMs)
}
