// SIGHUP reads the settings again. One of them takes effect at once, the number of L2 workers; the others wait for a restart,
// and the log says which. Without a file there is nothing to read again, and the signal keeps its usual meaning.

import type { Log } from '@tradelane/shared/thread/log'
import { SettingError, type Settings } from './settings.js'
import { PROGRAM_SETTINGS, type SettingKey } from './settings-table.js'

export interface ReloadOptions {
  readonly settings: Settings
  /** Throws `SettingError`. */
  readonly readAgain: () => Settings
  readonly supervisor: { reshard(l2Workers: number): Promise<void> }
  readonly log: Log
}

/** Returns how to stop listening to the signal. */
export function reloadOnHangup({ settings, readAgain, supervisor, log }: ReloadOptions): () => void {
  const onHangup = (): void => {
    try {
      const next = readAgain()
      const waiting = changedNames(settings, next).filter(name => name !== PROGRAM_SETTINGS.l2Workers.name)
      log.info('SIGHUP: the settings were read again', { l2Workers: next.l2Workers })
      if (waiting.length > 0) log.warn('changed settings wait for a restart', { settings: waiting.join(', ') })
      void supervisor.reshard(next.l2Workers)
    } catch (error) {
      if (!(error instanceof SettingError)) throw error
      log.error('SIGHUP: the settings cannot be taken; nothing is changed', { reason: error.message })
    }
  }
  process.on('SIGHUP', onHangup)
  return () => {
    process.off('SIGHUP', onHangup)
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
