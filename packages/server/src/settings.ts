// Reads the settings: a flag wins over the environment, the environment over the file of --config, the file over the default.
// Nothing falls back silently: a bad value is an error that names the setting, the value and what is accepted.

import { PRODUCTS } from '@tradelane/venues/registry'
import type { VenueSettings } from '@tradelane/venues/venue'
import {
  conflictOf,
  endpointName,
  flagOf,
  PROGRAM_SETTINGS,
  REFUSED,
  SETTINGS,
  type SettingKey,
  type SettingValues,
} from './settings-table.js'

export interface ProductEndpoint {
  readonly ws: string
  readonly rest: string
}

export interface Settings extends SettingValues {
  /** By product id. */
  readonly endpoints: Readonly<Record<string, ProductEndpoint>>
  readonly venueSettings: VenueSettings
}

export interface SettingOrigin {
  readonly name: string
  readonly value: string
  /** `default`, the file's path, `environment`, `--flag`. */
  readonly origin: string
}

/** A setting that cannot be used: one line for the user, exit code 2. */
export class SettingError extends Error {
  readonly code = 'ERR_SETTING'
}

export type Environment = Readonly<Record<string, string | undefined>>
/** Values of flags by setting key. */
export type Flags = Partial<Record<SettingKey, string>>

/** What stands in the file of --config, by the names that the environment has. */
export interface SettingsFile {
  readonly path: string
  readonly values: Environment
}

const NO_FILE: SettingsFile = { path: '', values: {} }

/** `sim` points every venue at one simulator. Throws `SettingError`. */
export function readSettings(
  env: Environment,
  flags: Flags = {},
  sim?: string,
  file = NO_FILE,
): { settings: Settings; origins: readonly SettingOrigin[] } {
  for (const [name, advice] of Object.entries(REFUSED)) {
    if ((env[name] ?? file.values[name]) !== undefined) {
      throw new SettingError(`${name} is not a setting any more: ${advice}`)
    }
  }
  for (const name of Object.keys(file.values)) {
    if (!KNOWN_NAMES.has(name)) throw new SettingError(`${file.path}: ${name} is not a setting`)
  }
  const named: NamedValues = { env, file }
  const origins: SettingOrigin[] = []
  const values: Record<string, unknown> = {}
  const venueSettings: Record<string, string> = {}
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const flag = flags[key as SettingKey]
    const { text, origin } =
      flag !== undefined
        ? { text: flag, origin: flagOf(setting) }
        : (namedValue(setting.name, named) ?? { text: setting.fallback, origin: 'default' })
    const result = setting.schema.safeParse(text)
    if (!result.success) throw new SettingError(refusal(shownName(setting.name, origin, file), text, setting.accepted))
    if (key in PROGRAM_SETTINGS) values[key] = result.data
    else venueSettings[setting.name] = result.data as string
    origins.push({ name: setting.name, value: text, origin })
  }
  const known = values as unknown as SettingValues
  const conflict = conflictOf(known)
  if (conflict !== null) throw new SettingError(conflict)
  return { settings: { ...known, venueSettings, endpoints: readEndpoints(named, sim, origins) }, origins }
}

interface NamedValues {
  readonly env: Environment
  readonly file: SettingsFile
}

function namedValue(name: string, { env, file }: NamedValues): { text: string; origin: string } | undefined {
  const [ofEnv, ofFile] = [env[name], file.values[name]]
  if (ofEnv !== undefined) return { text: ofEnv, origin: 'environment' }
  return ofFile === undefined ? undefined : { text: ofFile, origin: file.path }
}

/** As the user wrote it. */
function shownName(name: string, origin: string, file: SettingsFile): string {
  if (origin === 'environment') return name
  return origin === file.path ? `${file.path}: ${name}` : origin
}

function readEndpoints(
  named: NamedValues,
  sim: string | undefined,
  origins: SettingOrigin[],
): Record<string, ProductEndpoint> {
  const base = sim === undefined ? null : checkUrl('--sim', sim, ['ws:', 'wss:'])
  const endpoints: Record<string, ProductEndpoint> = {}
  for (const product of PRODUCTS) {
    const { simulatorPrefix: prefix } = product
    const ends = {
      WS: base === null ? product.endpoints.ws : base + prefix,
      REST: base === null ? product.endpoints.rest : base.replace(/^ws/, 'http') + prefix,
    }
    const read = (end: 'WS' | 'REST'): string => {
      const name = endpointName(product.id, end)
      const found = namedValue(name, named)
      const value =
        found === undefined
          ? ends[end]
          : checkUrl(shownName(name, found.origin, named.file), found.text, PROTOCOLS[end])
      origins.push({ name, value, origin: found?.origin ?? (base === null ? 'default' : '--sim') })
      return value
    }
    endpoints[product.id] = { ws: read('WS'), rest: read('REST') }
  }
  return endpoints
}

const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(SETTINGS).map(({ name }) => name),
  ...PRODUCTS.flatMap(({ id }) => [endpointName(id, 'WS'), endpointName(id, 'REST')]),
])

const PROTOCOLS = { WS: ['ws:', 'wss:'], REST: ['http:', 'https:'] } as const

function checkUrl(name: string, text: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null
  // Paths are put behind it: what stands after a path would end up in the middle.
  if (url !== null && protocols.includes(url.protocol) && !/[?#@]/.test(text)) {
    return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, '')
  }
  const forms = protocols.map(protocol => `${protocol}//host[:port][/prefix]`).join(' or ')
  throw new SettingError(refusal(name, text, forms))
}

/** One line, whatever is in the value. */
function refusal(name: string, text: string, accepted: string): string {
  return `${name}: ${JSON.stringify(text)} is not accepted; accepted: ${accepted}`
}
