// Requests a page of the admin address of a running gateway.

import { bodyOf } from '@tradelane/ingest/rest/answer-body'
import { reasonOf } from '@tradelane/ingest/rest/fetch'

const ANSWER_MS_MAX = 5_000

export interface PageOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Gives the request up. */
  readonly stop?: AbortSignal
}

/** Its text. Throws without one, and for any status but 200. */
export async function adminPage(address: URL, { headers = {}, stop }: PageOptions = {}): Promise<string> {
  // Not `AbortSignal.timeout`: it keeps neither the process nor itself alive, so that the program could end without a word.
  const abort = new AbortController()
  const late = new Error(`timeout, no answer within ${ANSWER_MS_MAX} ms`)
  const timer = setTimeout(() => abort.abort(late), ANSWER_MS_MAX)
  const giveUp = (): void => abort.abort(stop?.reason)
  stop?.addEventListener('abort', giveUp, { once: true })
  try {
    stop?.throwIfAborted()
    const response = await fetch(address, { headers, redirect: 'error', signal: abort.signal })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return (await bodyOf(response, abort.signal)).toString()
  } finally {
    clearTimeout(timer)
    stop?.removeEventListener('abort', giveUp)
  }
}

/** Why there was no page, and what to look at. */
export function faultOf(error: unknown): string {
  const reason = reasonOf(error).trim()
  return `${reason} (${adviceFor(reason)})`
}

function adviceFor(reason: string): string {
  if (reason === 'HTTP 401') return 'set AUTH_TOKEN or AUTH_TOKEN_FILE to the token of the gateway'
  if (/certificate/.test(reason)) return 'NODE_EXTRA_CA_CERTS names a file with the authority of its certificate'
  if (/other side closed|wrong version number/.test(reason))
    return 'with TLS_CERT the address is https://, without it http://'
  return 'is it the address of ADMIN_ADDR?'
}
