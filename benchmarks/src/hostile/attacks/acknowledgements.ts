// Attacks on credit: clients that read nothing, and acknowledge what they have not read.

import { clientFrame } from '../../network/client-frames.js'
import { Opcode } from '../../network/frame-reader.js'
import type { Attack, AttackContext } from '../attack.js'
import { AttackSocket } from '../attack-socket.js'
import { atRate } from '../pace.js'
import { crowd } from './requests.js'

const ACK = '/?ack=1'
const CLIENTS = 20
/** Each is sent megabytes. */
const FORGERS = 5
/** Valid acknowledgements do not end a client, however many they are; of others there may be 20. */
const ACKS_PER_CLIENT_AND_S = 16
/** Those that are not do. */
const SENSELESS_PER_CLIENT_AND_S = 50
/** No more than may be sent unacknowledged, while there is more of the log that they asked for. */
const FRAMES_PER_ACKNOWLEDGEMENT = 2_000
/** Acknowledgements that are none, each in turn. */
const SENSELESS = [
  '{"op":"ack","n":-1}',
  '{"op":"ack","n":9007199254740993}',
  '{"op":"ack","n":"1"}',
  '{"op":"ack","n":null}',
  '{"op":"ack"}',
  `{"op":"ack","n":${'['.repeat(2_000)}`,
  '{"op":"ack","n":1e308}',
]

export const ACKNOWLEDGEMENT_ATTACKS: readonly Attack[] = [
  forged('forged-pongs', {
    what: 'answer the pings that should be next',
    clientCount: CLIENTS,
    pathOf: () => '/',
    perSecond: SENSELESS_PER_CLIENT_AND_S,
    frameOf: forgedPong,
  }),
  forged('forged-acks', {
    what: 'ask for the whole log, and acknowledge, with ?ack=1, the frames that should be next',
    clientCount: FORGERS,
    pathOf: ({ stream }) => `${ACK}&since=${stream}:1`,
    perSecond: ACKS_PER_CLIENT_AND_S,
    frameOf: forgedAck,
  }),
  forged('senseless-acks', {
    what: 'acknowledge nonsense',
    clientCount: CLIENTS,
    pathOf: () => ACK,
    perSecond: SENSELESS_PER_CLIENT_AND_S,
    frameOf: senselessAck,
  }),
]

interface Forgery {
  readonly what: string
  readonly clientCount: number
  readonly pathOf: (context: AttackContext) => string
  readonly perSecond: number
  /** That a client sends as its `index`-th. */
  readonly frameOf: (index: number) => Buffer
}

function forged(name: string, { what, clientCount, pathOf, perSecond, frameOf }: Forgery): Attack {
  const about = `${clientCount} clients that read nothing and ${what}, ${perSecond} times a second`
  return {
    name,
    about,
    door: 'clients',
    start: context => {
      const sent = new Map<AttackSocket, number>()
      crowd(context, clientCount, () => {
        const onEnded = (): void => void sent.delete(socket)
        const handshake = { path: pathOf(context) }
        const socket: AttackSocket = new AttackSocket(context, { handshake, reading: 'nothing', onEnded })
        sent.set(socket, 0)
        return socket
      })
      atRate(perSecond, context.signal, () => {
        for (const [socket, index] of sent) {
          if (!socket.isUpgraded) continue
          socket.write(frameOf(index))
          sent.set(socket, index + 1)
        }
      })
    },
  }
}

/** The gateway numbers its pings. */
function forgedPong(index: number): Buffer {
  const payload = Buffer.from('TLK1\0\0\0\0', 'latin1')
  payload.writeUInt32BE(index + 1, 4)
  return clientFrame(Opcode.pong, payload)
}

/**
 * Once, once and twice, once to three times so many, and so on: the gateway ignores a number that it has not sent yet, so that each
 * comes again for a gateway that is slow.
 */
function forgedAck(index: number): Buffer {
  const round = Math.floor((Math.sqrt(8 * index + 1) - 1) / 2)
  const n = (index - (round * (round + 1)) / 2 + 1) * FRAMES_PER_ACKNOWLEDGEMENT
  return clientFrame(Opcode.text, Buffer.from(`{"op":"ack","n":${n}}`))
}

function senselessAck(index: number): Buffer {
  return clientFrame(Opcode.text, Buffer.from(SENSELESS[index % SENSELESS.length] as string))
}
