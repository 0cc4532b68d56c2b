// Attacks by clients that are connected and do too little: they read nothing or next to nothing, or there are just many.

import type { Attack, AttackContext } from '../attack.js'
import { AttackSocket, type AttackSocketOptions } from '../attack-socket.js'
import { crowd } from './requests.js'

export const CROWD_ATTACKS: readonly Attack[] = [
  // Each begins with the whole log, as far as it is named.
  clients('unread-clients', 50, 'ask for the whole log and never read', { reading: 'nothing' }, wholeLog),
  clients('trickling-clients', 50, 'ask for the whole log and read a byte a second', { reading: 'trickle' }, wholeLog),
  clients('idle-clients', 500, 'send nothing and read nothing', { reading: 'nothing' }, () => '/'),
  clients('false-credit', 5, 'acknowledge by message, and answer only pings', {}, each => `${wholeLog(each)}&ack=1`),
]

function clients(
  name: string,
  size: number,
  what: string,
  options: AttackSocketOptions,
  pathOf: (context: AttackContext) => string,
): Attack {
  return {
    name,
    about: `${size} clients that ${what}`,
    door: 'clients',
    start: context =>
      crowd(context, size, () => new AttackSocket(context, { ...options, handshake: { path: pathOf(context) } })),
  }
}

function wholeLog({ stream }: AttackContext): string {
  return `/?since=${stream}:1`
}
