// Reads what clients are sent as MessagePack, integers of 64 bits as numbers. Keeps the order of keys.

import { Unpackr } from 'msgpackr'

const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(Buffer.from(bytes))
}
