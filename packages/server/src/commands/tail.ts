// `tradelane tail`: asks the admin address of a running gateway why its latest trades were late.

import { authorization } from '../client-token.js'
import { printError, printLine } from '../print.js'
import { adminPage, faultOf } from './admin-page.js'

/** Resolves to the exit code: 1 without an answer. `url`: of the admin address. */
export async function tail(url: string, isJson: boolean): Promise<number> {
  const headers = { ...authorization(process.env), accept: isJson ? 'application/json' : 'text/plain' }
  try {
    printLine((await adminPage(new URL('/tail', url), { headers })).trimEnd())
    return 0
  } catch (error) {
    printError(`no answer from ${url}: ${faultOf(error)}`)
    return 1
  }
}
