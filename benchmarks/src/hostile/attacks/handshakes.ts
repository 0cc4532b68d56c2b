// Attacks by handshakes: connected and left again, refused again and again, or with a costly or senseless request to resume.

import type { Attack, AttackContext } from '../attack.js'
import { AttackSocket, type Handshake } from '../attack-socket.js'
import { atRate } from '../pace.js'

const HANDSHAKES_PER_S = 900
const SENSELESS_PER_S = 200
/** Each is a TLS handshake as well. */
const WRONG_PER_S = 50
const RESUMES_PER_S = 30
/** A resumed client stays for this long. */
const RESUMED_MS = 200
const LEAVE_MS = 1_000
const WRONG: readonly Handshake[] = [
  { path: '/?token=wrong' },
  { headers: ['Authorization: Bearer wrong'] },
  { headers: ['Sec-WebSocket-Protocol: tradelane, token.wrong'] },
  { headers: ['Origin: https://other.example'] },
  {},
]

export const HANDSHAKE_ATTACKS: readonly Attack[] = [
  {
    name: 'handshake-flood',
    about: `${HANDSHAKES_PER_S} clients a second that connect and leave`,
    door: 'clients',
    start: context => flood(context, HANDSHAKES_PER_S, () => ({})),
  },
  {
    name: 'bad-since',
    about: `${SENSELESS_PER_S} clients a second with a ?since= that means nothing`,
    door: 'clients',
    start: context => flood(context, SENSELESS_PER_S, senselessSince),
  },
  {
    name: 'resume-flood',
    about: `${RESUMES_PER_S} clients a second that want the whole log again, and read none of it`,
    door: 'clients',
    start: startResumes,
  },
  {
    name: 'wrong-credentials',
    about: `${WRONG_PER_S} handshakes a second with a wrong token or from the page of another site`,
    door: 'guarded',
    start: context => flood(context, WRONG_PER_S, index => WRONG[index % WRONG.length]),
  },
]

function flood(context: AttackContext, perSecond: number, handshakeOf: (index: number) => Handshake | undefined): void {
  let index = 0
  atRate(perSecond * context.share, context.signal, () => {
    const handshake = handshakeOf(index) ?? {}
    index += 1
    const socket = new AttackSocket(context, { handshake, onUpgraded: each => each.destroy() })
    setTimeout(() => socket.destroy(), LEAVE_MS)
  })
}

function senselessSince(index: number): Handshake {
  const values = ['x', '%00', ':', 'aaaaaaaa:-1', 'aaaaaaaa:9999999999999999999', `${'a'.repeat(10_000)}:1`, '1e9:1e9']
  return { path: `/?since=${values[index % values.length]}${'&since=1'.repeat(index % 50)}` }
}

function startResumes(context: AttackContext): void {
  atRate(RESUMES_PER_S * context.share, context.signal, () => {
    const path = `/?since=${context.stream}:1`
    const socket = new AttackSocket(context, {
      handshake: { path },
      reading: 'nothing',
      onUpgraded: each => setTimeout(() => each.destroy(), RESUMED_MS),
    })
    setTimeout(() => socket.destroy(), LEAVE_MS)
  })
}
