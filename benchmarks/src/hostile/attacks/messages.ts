// Attacks by what a connected client sends: bursts of frames, and messages that are too large.

import { randomBytes } from 'node:crypto'
import { clientFrame } from '../../network/client-frames.js'
import { Opcode } from '../../network/frame-reader.js'
import type { Attack, AttackContext } from '../attack.js'
import { AttackSocket } from '../attack-socket.js'
import { atRate } from '../pace.js'
import { repeated } from './requests.js'

const BURST_BYTES = 1024 * 1024
const BURSTS_PER_S = 5
const OVERSIZE_PER_S = 20
const PAYLOAD = Buffer.from('hostile')
const FRAGMENT_BYTES = 4_096

export const MESSAGE_ATTACKS: readonly Attack[] = [
  burst('text-burst', '7-byte text messages', () => clientFrame(Opcode.text, PAYLOAD)),
  burst('binary-burst', '7-byte binary messages', () => clientFrame(Opcode.binary, PAYLOAD)),
  burst('ping-burst', 'pings', () => clientFrame(Opcode.ping, PAYLOAD)),
  burst('pong-burst', 'pongs that answer no ping', () => clientFrame(Opcode.pong, PAYLOAD)),
  burst(
    'empty-fragments',
    'empty fragments of one message',
    () => clientFrame(Opcode.continuation, Buffer.alloc(0), false),
    clientFrame(Opcode.text, Buffer.alloc(0), false),
  ),
  {
    name: 'oversize-messages',
    about: `${OVERSIZE_PER_S} clients a second that send a message larger than any limit, or reserved bits`,
    door: 'clients',
    start: startOversize,
  },
]

function burst(name: string, what: string, unit: () => Buffer, first: Buffer = Buffer.alloc(0)): Attack {
  return {
    name,
    about: `1 client, ${BURSTS_PER_S} times a second 1 MiB of ${what}`,
    door: 'clients',
    start: context => {
      const bytes = repeated(unit(), BURST_BYTES)
      const open = (): AttackSocket =>
        new AttackSocket(context, {
          handshake: {},
          onUpgraded: each => {
            each.write(first)
            each.write(bytes)
          },
        })
      let socket = open()
      atRate(BURSTS_PER_S * context.share, context.signal, () => {
        if (!context.sockets.has(socket)) socket = open()
        else if (!socket.isUpgraded) return
        else if (socket.pendingBytes < BURST_BYTES) socket.write(bytes)
        else context.tally.skipped += 1
      })
    },
  }
}

function startOversize(context: AttackContext): void {
  const attempts = oversizeMessages()
  let next = 0
  atRate(OVERSIZE_PER_S * context.share, context.signal, () => {
    const attempt = attempts[next % attempts.length] as Buffer
    next += 1
    const socket = new AttackSocket(context, { handshake: {}, onUpgraded: each => each.write(attempt) })
    setTimeout(() => socket.destroy(), LEAVE_MS)
  })
}

const LEAVE_MS = 1_000

function oversizeMessages(): readonly Buffer[] {
  const head = (bytes: readonly number[], length: bigint): Buffer => {
    const frame = Buffer.alloc(14)
    frame.set(bytes)
    frame.writeBigUInt64BE(length, 2)
    return frame
  }
  const body = Buffer.alloc(65_536, 'x')
  const fragment = clientFrame(Opcode.continuation, Buffer.alloc(FRAGMENT_BYTES), false)
  return [
    Buffer.concat([head([0x82, 0xff], 2n ** 30n), body]),
    Buffer.concat([head([0x82, 0xff], 2n ** 63n - 1n), body]),
    Buffer.concat([clientFrame(Opcode.text, Buffer.alloc(1), false), repeated(fragment, BURST_BYTES)]),
    // Control frames may be neither long nor fragmented.
    clientFrame(Opcode.ping, Buffer.alloc(1_000)),
    clientFrame(Opcode.ping, PAYLOAD, false),
    // Reserved bits and opcodes, no mask, text that is no UTF-8.
    Buffer.from([0xf1, 0x81, 0, 0, 0, 0, 65]),
    clientFrame(0xb, PAYLOAD),
    Buffer.from([0x81, 0x01, 65]),
    clientFrame(Opcode.text, Buffer.from([0xff, 0xfe, 0xc0, 0x80])),
    randomBytes(65_536),
  ]
}
