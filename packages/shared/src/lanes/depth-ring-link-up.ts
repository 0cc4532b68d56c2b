// The payload of a `linkUp` or `handover` record of the depth ring, one field: what the amounts of the instrument's book are multiplied by on
// their way to clients. Written by ingest, read by the L2 worker of the shard.
//
//   frame  0 amountFactor: decimal text, latin1; no byte where amounts go out as they came
//
// And that of a `linkDown` record, one byte: why nothing more comes for the book.
//
//   frame  0 reason: a `StatusReason`; no byte where the connection is lost

import { type Decimal, STATUS_REASON_NAMES, StatusReason } from '../market/nouns.js'
import { isDecimal, isZeroDecimal } from '../wire/decimal.js'

const NO_FACTOR = new Uint8Array(0)
const LOST = new Uint8Array(0)

export function encodeLinkUp(amountFactor: Decimal | null): Uint8Array {
  return amountFactor === null ? NO_FACTOR : Buffer.from(amountFactor, 'latin1')
}

/** Null also for a factor of zero, which a venue may list: amounts multiplied by it would be wrong. */
export function decodeLinkUp(frame: Buffer): Decimal | null {
  const text = frame.toString('latin1')
  return isDecimal(text) && !isZeroDecimal(text) ? text : null
}

export function encodeLinkDown(reason: StatusReason): Uint8Array {
  return reason === StatusReason.disconnected ? LOST : Uint8Array.of(reason)
}

export function decodeLinkDown(frame: Uint8Array): StatusReason {
  const [reason] = frame
  return reason !== undefined && reason in STATUS_REASON_NAMES ? (reason as StatusReason) : StatusReason.disconnected
}
