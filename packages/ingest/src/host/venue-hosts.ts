// The hosts of all venues: what each counts and refuses is shared by everything that spends it. One per ingest thread.

import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { RestBudget } from '@tradelane/venues/rest-protocol'
import type { ConnectionLimits } from '@tradelane/venues/venue'
import type { IngestEnvironment } from '../ingest-environment.js'
import { HostConnects } from './host-connects.js'
import { RefusalPauses } from './refusal-pauses.js'
import { RestHost } from './rest-host.js'

/** One host's sockets. */
export interface SocketHost {
  readonly connects: HostConnects
  /** Of requests on its connections. */
  readonly requests: RefusalPauses
}

type HostsContext = Pick<IngestEnvironment, 'timers' | 'nowMs' | 'random'> & { readonly limitedLog: RateLimitedLog }

export class VenueHosts {
  readonly #context: HostsContext
  readonly #sockets = new Map<string, SocketHost>()
  readonly #rests = new Map<string, RestHost>()

  constructor(context: HostsContext) {
    this.#context = context
  }

  sockets(limits: ConnectionLimits): SocketHost {
    let host = this.#sockets.get(limits.host)
    if (host === undefined) {
      const connects = new HostConnects(limits, this.#pausesOf(`${limits.host} connections`, true), this.#context)
      host = { connects, requests: this.#pausesOf(`${limits.host} subscriptions`, true) }
      this.#sockets.set(limits.host, host)
    }
    return host
  }

  rest(budget: RestBudget): RestHost {
    let host = this.#rests.get(budget.host)
    if (host === undefined) {
      host = new RestHost(budget, this.#pausesOf(`${budget.host} rest`, false), this.#context.nowMs)
      this.#rests.set(budget.host, host)
    }
    return host
  }

  #pausesOf(name: string, isAloneAtFirst: boolean): RefusalPauses {
    const { random, limitedLog } = this.#context
    return new RefusalPauses({ name, isAloneAtFirst, random, limitedLog })
  }
}
