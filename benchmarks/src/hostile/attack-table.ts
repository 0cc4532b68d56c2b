// All attacks by name. Each line of a table of findings stands for its kind: relatives belong here too.

import type { Attack } from './attack.js'
import { ACKNOWLEDGEMENT_ATTACKS } from './attacks/acknowledgements.js'
import { CROWD_ATTACKS } from './attacks/crowds.js'
import { HANDSHAKE_ATTACKS } from './attacks/handshakes.js'
import { MESSAGE_ATTACKS } from './attacks/messages.js'
import { REQUEST_ATTACKS } from './attacks/requests.js'
import { TLS_ATTACKS } from './attacks/tls.js'

export const ATTACKS: readonly Attack[] = [
  ...REQUEST_ATTACKS,
  ...MESSAGE_ATTACKS,
  ...HANDSHAKE_ATTACKS,
  ...CROWD_ATTACKS,
  ...ACKNOWLEDGEMENT_ATTACKS,
  ...TLS_ATTACKS,
]

export function attackNamed(name: string): Attack {
  const attack = ATTACKS.find(each => each.name === name)
  if (attack === undefined) {
    throw new Error(`invalid attack "${name}"; expected one of ${ATTACKS.map(each => each.name).join(', ')}`)
  }
  return attack
}
