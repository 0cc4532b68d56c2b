// Once in a while a client is sent nothing of a batch of trades, and its cursor moves on.

import { Session } from '@tradelane/gateway/session'

const CORKS_BETWEEN = 100

const { sendTrades } = Session.prototype
let corkCount = 0

Session.prototype.sendTrades = function (this: Session, batch, nowMs): void {
  corkCount += 1
  if (corkCount % CORKS_BETWEEN === 0) this.skipTo((batch.sequence[batch.count - 1] ?? 0) + 1)
  else sendTrades.call(this, batch, nowMs)
}
