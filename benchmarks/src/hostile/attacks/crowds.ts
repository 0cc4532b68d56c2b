// Attacks by clients that are connected and do too little: they read nothing or next to nothing, or there are just many.

import type { Attack } from '../attack.js'
import { AttackSocket, type AttackSocketOptions } from '../attack-socket.js'
import { crowd } from './requests.js'

export const CROWD_ATTACKS: readonly Attack[] = [
  // Each begins with the whole log, as far as it is named.
  clients('unread-clients', 50, 'ask for the whole log and never read', { reading: 'nothing' }, true),
  clients('trickling-clients', 50, 'ask for the whole log and read a byte a second', { reading: 'trickle' }, true),
  clients('idle-clients', 500, 'send nothing and read nothing', { reading: 'nothing' }, false),
  clients('false-credit', 5, 'answer every ping at once, whatever stands behind them', {}, false),
]

function clients(name: string, size: number, what: string, options: AttackSocketOptions, isResuming: boolean): Attack {
  return {
    name,
    about: `${size} clients that ${what}`,
    door: 'clients',
    start: context =>
      crowd(context, size, () => {
        const path = isResuming ? `/?since=${context.stream}:1` : '/'
        return new AttackSocket(context, { ...options, handshake: { path } })
      }),
  }
}
