// The token that our own tools present to a server: from the variables that the server reads it from. They have no flag for it:
// every user of the machine can list the arguments of programs.

import { isToken, TOKEN_FORM } from '@tradelane/shared/access/token'
import { SettingError } from './setting-error.js'
import type { Environment } from './settings.js'
import { readTokenFile } from './token-file.js'

/** The headers of a request, with the token where there is one. Throws `SettingError`. */
export function authorization({ AUTH_TOKEN: token, AUTH_TOKEN_FILE: path }: Environment): Record<string, string> {
  if (token !== undefined && path !== undefined) {
    throw new SettingError('AUTH_TOKEN and AUTH_TOKEN_FILE are both set; expected one')
  }
  if (token !== undefined && !isToken(token)) {
    throw new SettingError(`invalid AUTH_TOKEN (its value is not shown); expected ${TOKEN_FORM}`)
  }
  const presented = path === undefined ? token : readTokenFile(path)
  return presented === undefined ? {} : { authorization: `Bearer ${presented}` }
}
