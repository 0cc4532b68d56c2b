// SIGHUP reads the settings again. The number of L2 workers takes effect at once; the other settings need a restart, and the
// log says which of them changed. Without a file there is nothing to read again, and the signal keeps its usual meaning.

import assert from 'node:assert/strict'
import type { Log } from '@tradelane/shared/thread/log'
import { SettingError, type Settings } from './settings.js'
import { PROGRAM_SETTINGS, type SettingKey } from './settings-table.js'

export interface ReloadOptions {
  /** As at the start of the process. */
  readonly settings: Settings
  /** Throws `SettingError`. */
  readonly readAgain: () => Settings
  readonly supervisor: { reshard(l2Workers: number): Promise<void> }
  readonly log: Log
}

/** Returns how to stop listening to the signal. */
export function reloadOnHangup(options: ReloadOptions): () => void {
  let isListening = true
  const onHangup = (): void => reload(options)
  process.on('SIGHUP', onHangup)
  return () => {
    assert(isListening, 'the signal is released once')
    isListening = false
    process.off('SIGHUP', onHangup)
  }
}

function reload({ settings, readAgain, supervisor, log }: ReloadOptions): void {
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
