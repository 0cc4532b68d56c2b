// The frames of a measurement as they arrived: bytes and stamps, copied into large pieces of memory, so that the thread that
// reads the sockets neither parses nor keeps an object per frame. They are looked at when the measurement is over.

import assert from 'node:assert/strict'

export interface Arrival<Client> {
  readonly client: Client
  /** Valid during the callback; what keeps it longer copies it. */
  readonly frame: Buffer
  /** When it arrived, on the three clocks of `ArrivalClock`. */
  readonly localUs: number
  readonly wallUs: number
}

const PIECE_BYTES = 16 << 20
/** Client, length, two stamps. */
const HEADER_BYTES = 4 + 4 + 8 + 8

interface Piece {
  readonly bytes: Buffer
  end: number
}

export class Arrivals<Client> {
  readonly #clients: Client[] = []
  readonly #indexes = new Map<Client, number>()
  #pieces: Piece[] = []
  bytes = 0

  add(client: Client, frame: Buffer, localUs: number, wallUs: number): void {
    const needed = HEADER_BYTES + frame.length
    let piece = this.#pieces.at(-1)
    if (piece === undefined || piece.end + needed > piece.bytes.length) {
      piece = { bytes: Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, needed)), end: 0 }
      this.#pieces.push(piece)
    }
    const { bytes, end } = piece
    bytes.writeUInt32LE(this.#indexOf(client), end)
    bytes.writeUInt32LE(frame.length, end + 4)
    bytes.writeDoubleLE(localUs, end + 8)
    bytes.writeDoubleLE(wallUs, end + 16)
    frame.copy(bytes, end + HEADER_BYTES)
    piece.end = end + needed
    this.bytes += needed
  }

  /** All of them in the order of their arrival; they are forgotten. */
  take(accept: (arrival: Arrival<Client>) => void): void {
    const pieces = this.#pieces
    this.#pieces = []
    this.bytes = 0
    for (const { bytes, end } of pieces) {
      for (let at = 0; at < end; ) {
        const client = this.#clients[bytes.readUInt32LE(at)]
        assert(client !== undefined, 'an arrival is of a client')
        const start = at + HEADER_BYTES
        const next = start + bytes.readUInt32LE(at + 4)
        assert(next <= end, 'an arrival ends within its piece')
        const [localUs, wallUs] = [bytes.readDoubleLE(at + 8), bytes.readDoubleLE(at + 16)]
        accept({ client, frame: bytes.subarray(start, next), localUs, wallUs })
        at = next
      }
    }
  }

  #indexOf(client: Client): number {
    const known = this.#indexes.get(client)
    if (known !== undefined) return known
    this.#indexes.set(client, this.#clients.length)
    return this.#clients.push(client) - 1
  }
}
