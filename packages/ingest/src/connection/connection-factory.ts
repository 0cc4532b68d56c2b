// Makes the connections to one product, within what its venue allows: so many new ones per window and address.

import assert from 'node:assert/strict'
import { ConnectBudget } from './connect-budget.js'
import { Connection, type ConnectionOptions } from './connection.js'
import type { ConnectionSetup } from './connection-setup.js'

export class ConnectionFactory {
  readonly setup: ConnectionSetup
  readonly #budget: ConnectBudget
  #grants = 0

  constructor(setup: ConnectionSetup, budget = new ConnectBudget(setup.product.limits)) {
    this.setup = setup
    this.#budget = budget
  }

  /** Milliseconds until the venue allows another connection; 0 is the grant for one `connect`. */
  takeGrant(): number {
    const waitMs = this.#budget.take(this.setup.environment.nowMs())
    if (waitMs === 0) this.#grants += 1
    return waitMs
  }

  connect(options: ConnectionOptions): Connection {
    assert(this.#grants > 0, 'a connection is opened with a grant of the budget')
    this.#grants -= 1
    return new Connection(this.setup, options)
  }
}
