// The face of what decides the order of sends to all clients. `PriorityMerge` is the product; another order is a baseline to
// measure it against.

import type { Session } from './session.js'

export interface Merge {
  add(session: Session): void
  remove(session: Session): void
  /** One bounded turn; the number of things done, 0 when there is nothing to do until something rings. */
  turn(): number
}
