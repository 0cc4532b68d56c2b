// `tradelane tail`: asks a running gateway why its latest trades were late.

import { authorization } from '../client-token.js'
import { printError, printLine } from '../print.js'

const ANSWER_MS_MAX = 5_000

/** Resolves to the exit code: 1 without an answer. */
export async function tail(url: string, isJson: boolean): Promise<number> {
  const headers = authorization(process.env)
  try {
    const address = new URL('/tail', url.replace(/^ws/, 'http'))
    headers['accept'] = isJson ? 'application/json' : 'text/plain'
    const response = await fetch(address, { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    printLine((await response.text()).trimEnd())
    return 0
  } catch (error) {
    const { message, cause } = error as Error
    printError(`no answer from ${url}: ${cause instanceof Error ? cause.message : message}`)
    return 1
  }
}
