// `tradelane tail`: asks the admin address of a running gateway why its latest trades were late.

import { reasonOf } from '@tradelane/ingest/rest/fetch'
import { authorization } from '../client-token.js'
import { printError, printLine } from '../print.js'
import { adminPage } from './admin-page.js'

/** Resolves to the exit code: 1 without an answer. `url`: of the admin address. */
export async function tail(url: string, isJson: boolean): Promise<number> {
  const headers = { ...authorization(process.env), accept: isJson ? 'application/json' : 'text/plain' }
  try {
    printLine((await adminPage(new URL('/tail', url), { headers })).trimEnd())
    return 0
  } catch (error) {
    printError(`no answer from ${url}: ${reasonOf(error)} (is it the address of ADMIN_ADDR?)`)
    return 1
  }
}
