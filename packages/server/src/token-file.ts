// The file of AUTH_TOKEN_FILE. What it holds appears in no error.

import { readFileSync } from 'node:fs'
import { isToken, TOKEN_FORM } from '@tradelane/shared/access/token'
import { SettingError } from './setting-error.js'

/** One newline at the end does not belong to the token. Throws `SettingError`. */
export function readTokenFile(path: string): string {
  const token = textOf(path).replace(/\r?\n$/, '')
  if (isToken(token)) return token
  throw invalid(path, token === '' ? 'it is empty' : 'what it holds is no token', TOKEN_FORM)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const fault = `it cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw invalid(path, fault, 'the path of a file that holds a token')
  }
}

function invalid(path: string, fault: string, accepted: string): SettingError {
  return new SettingError(`invalid AUTH_TOKEN_FILE ${JSON.stringify(path)}: ${fault}; expected ${accepted}`)
}
