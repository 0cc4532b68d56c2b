// The message by which a client acknowledges frames (`?ack=1`): `{"op":"ack","n":N}`, any JSON of these two keys. Whether the
// number is one that was sent is for the credit to decide.

import { ACKNOWLEDGEMENT_BYTES_MAX } from './limits.js'

/** NaN for any other message. */
export function readAcknowledgement(message: ArrayBuffer): number {
  if (message.byteLength > ACKNOWLEDGEMENT_BYTES_MAX) return Number.NaN
  try {
    // Its keys and values are ASCII, so no other encoding can make one.
    return numberOf(JSON.parse(Buffer.from(message).toString('latin1')))
  } catch {
    return Number.NaN
  }
}

function numberOf(message: unknown): number {
  if (typeof message !== 'object' || message === null || Object.keys(message).length !== 2) return Number.NaN
  const { op, n } = message as { readonly op?: unknown; readonly n?: unknown }
  return op === 'ack' && typeof n === 'number' ? n : Number.NaN
}
