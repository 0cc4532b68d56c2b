/** An invalid setting: one line for the user, exit code 2. */
export class SettingError extends Error {
  readonly code = 'ERR_SETTING'
}
