// The token that opens the port: its form, and how it is compared. Threads get its digest only, so that no start message, error
// or crash report of theirs can show it.

import { createHash, timingSafeEqual } from 'node:crypto'

export const TOKEN_FORM = '16..256 characters of A-Z a-z 0-9 . _ ~ -'
/** These characters fit a URL's query, a header and a WebSocket subprotocol as they are. */
const TOKEN = /^[A-Za-z0-9._~-]{16,256}$/

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** SHA-256, in hexadecimal. */
export function digestOf(token: string): string {
  return sha256(token).toString('hex')
}

/**
 * Takes the same time whatever the candidate has in common with the token: digests are compared. What has not the form of a
 * token is refused without a digest, so that a long candidate costs nothing; the form is no secret.
 */
export function isTokenOf(candidate: string, expectedDigest: Uint8Array): boolean {
  return isToken(candidate) && timingSafeEqual(sha256(candidate), expectedDigest)
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
