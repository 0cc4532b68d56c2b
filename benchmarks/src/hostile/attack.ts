// What an attack is: something one stranger does to a port, at a bounded rate, until it is stopped.

import type { Tally } from './tally.js'

/** Which port: that of the clients; that of the admin thread; that of the clients with TLS, token and origins. */
export type Door = 'clients' | 'admin' | 'guarded'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where each door is. Absent: the product has no such port, and attacks on it cannot run. */
export type Doors = Readonly<Partial<Record<Door, Address>>>

export interface Attack {
  readonly name: string
  /** What the stranger does. */
  readonly about: string
  readonly door: Door
  /** Returns at once. The attack ends when the signal is aborted. */
  start(context: AttackContext): void
}

export interface AttackContext {
  readonly address: Address
  /** Over TLS. */
  readonly isSecure: boolean
  /** Addresses to connect from, one after the other. Not those of honest clients, whom a limit per address would hit too. */
  readonly from: readonly string[]
  /** Rates and crowds are multiplied by it: 1 for an attack alone, less where several share the machine. */
  readonly share: number
  readonly signal: AbortSignal
  readonly tally: Tally
  /** All open ones; they are destroyed at the end. */
  readonly sockets: Set<{ destroy(): void }>
  /** The stream of the server's trade log, once a welcome named it. */
  stream: string
}
