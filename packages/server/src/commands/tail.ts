// `tradelane tail`: asks the admin address of a running gateway why its latest trades were late.

import { authorization } from '../client-token.js'
import { printError, printLine } from '../print.js'

const ANSWER_MS_MAX = 5_000

/** Resolves to the exit code: 1 without an answer. `url`: of the admin address. */
export async function tail(url: string, isJson: boolean): Promise<number> {
  const headers = { ...authorization(process.env), accept: isJson ? 'application/json' : 'text/plain' }
  try {
    const response = await fetch(new URL('/tail', url), { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    printLine((await response.text()).trimEnd())
    return 0
  } catch (error) {
    const { message, cause } = error as Error
    const reason = cause instanceof Error ? cause.message : message
    printError(`no answer from ${url}: ${reason} (is it the address of ADMIN_ADDR?)`)
    return 1
  }
}
