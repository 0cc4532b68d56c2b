// SIGHUP reads the files again. Of the settings the number of L2 workers takes effect at once; the others need a restart, and
// the log says which of them changed. New clients get the certificate that its files hold now; one that cannot be used leaves
// the old one. Without any file there is nothing to read again, and the signal keeps its usual meaning.

import assert from 'node:assert/strict'
import { CertificateError, readCertificate } from '@tradelane/shared/access/certificate'
import type { Log } from '@tradelane/shared/thread/log'
import { certificatePathsOf } from './access-settings.js'
import { SettingError } from './setting-error.js'
import type { Settings } from './settings.js'
import { PROGRAM_SETTINGS, type SettingKey } from './settings-table.js'

export interface ReloadOptions {
  /** As at the start of the process. */
  readonly settings: Settings
  /** Absent without a file of settings. Throws `SettingError`. */
  readonly readAgain?: (() => Settings) | undefined
  readonly supervisor: { reshard(l2Workers: number): Promise<void>; renewCertificate(): void }
  readonly log: Log
}

/** Returns how to stop listening to the signal. */
export function reloadOnHangup(options: ReloadOptions): () => void {
  if (options.readAgain === undefined && certificatePathsOf(options.settings) === null) return () => {}
  let isListening = true
  const onHangup = (): void => {
    reloadSettings(options)
    renewCertificate(options)
  }
  process.on('SIGHUP', onHangup)
  return () => {
    assert(isListening, 'the signal is released once')
    isListening = false
    process.off('SIGHUP', onHangup)
  }
}

function reloadSettings({ settings, readAgain, supervisor, log }: ReloadOptions): void {
  if (readAgain === undefined) return
  try {
    const next = readAgain()
    const changed = changedNames(settings, next).filter(name => name !== PROGRAM_SETTINGS.l2Workers.name)
    log.info('SIGHUP: settings reloaded', { l2Workers: next.l2Workers })
    if (changed.length > 0) log.warn('changed settings need a restart', { settings: changed.join(', ') })
    assert(next.l2Workers >= 1, 'a schema checked the number of L2 workers')
    void supervisor.reshard(next.l2Workers)
  } catch (error) {
    if (!(error instanceof SettingError)) throw error
    log.error('SIGHUP: invalid settings, nothing changed', { reason: error.message })
  }
}

/** Checked here, once for all threads that serve it. */
function renewCertificate({ settings, supervisor, log }: ReloadOptions): void {
  const paths = certificatePathsOf(settings)
  if (paths === null) return
  try {
    const { validToMs } = readCertificate(paths)
    log.info('SIGHUP: certificate read again', { validTo: new Date(validToMs).toISOString() })
    supervisor.renewCertificate()
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    log.error('SIGHUP: certificate not renewed, the old one stays', { reason: error.message })
  }
}

function changedNames(before: Settings, after: Settings): string[] {
  const isChanged = (key: keyof Settings): boolean => JSON.stringify(before[key]) !== JSON.stringify(after[key])
  const names: string[] = (Object.keys(PROGRAM_SETTINGS) as SettingKey[])
    .filter(isChanged)
    .map(key => PROGRAM_SETTINGS[key].name)
  for (const [name, value] of Object.entries(before.venueSettings)) {
    if (after.venueSettings[name] !== value) names.push(name)
  }
  return isChanged('endpoints') ? [...names, 'ENDPOINT_…'] : names
}
