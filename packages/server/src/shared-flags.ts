// Flags that several commands have: one for every setting, and what describes a simulated market.

import assert from 'node:assert/strict'
import { type Command, Option } from 'commander'
import { positive, wholeNumber } from './flag-values.js'
import { type Flags, readSettings } from './settings.js'
import { flagOf, SETTINGS } from './settings-table.js'
import { SCENARIOS, type Scenario } from './sim-options.js'

export interface SettingsOptions extends Flags {
  readonly config?: string
  readonly sim?: string
}

/** The returned function reads flags, environment and file at each call, and throws `SettingError`. */
export async function settingsReader(
  options: SettingsOptions,
): Promise<(sim?: string) => ReturnType<typeof readSettings>> {
  const { config: path } = options
  if (path === undefined) return (sim = options.sim) => readSettings(process.env, options, sim)
  const { readConfigFile } = await import('./config-file.js')
  return (sim = options.sim) => readSettings(process.env, options, sim, readConfigFile(path))
}

export function withSettings(command: Command): Command {
  command.option(
    '--config <file>',
    'read settings from a YAML file; SIGHUP reads it again and applies L2_WORKERS at once',
  )
  for (const [key, setting] of Object.entries(SETTINGS)) {
    if (setting.isSecret || setting.hasNoFlag) continue
    const about = `${setting.about}; ${setting.accepted} (${setting.name}, default ${setting.fallback || 'none'})`
    const option = new Option(`${flagOf(setting)} <value>`, about)
    assert.equal(option.attributeName(), key, 'the key of a setting is the name that Commander gives its flag')
    command.addOption(option)
  }
  return command
}

export function withScenario(command: Command): Command {
  return command
    .addOption(
      new Option('--scenario <name>', 'how busy the simulated markets are')
        .choices(SCENARIOS)
        .default('normal' as Scenario),
    )
    .option(
      '--l2-rate <n>',
      'order book frames per second, in place of the value of the scenario',
      wholeNumber(0, 1_000_000),
    )
    .option('--seed <n>', 'equal seeds generate equal markets', wholeNumber(0, 2 ** 31), 1)
    .option('--journal <file>', 'write the journal here: every trade, a digest of every book')
    .option('--time-scale <n>', 'divide the long timers of the venues by this factor', positive, 1)
}
