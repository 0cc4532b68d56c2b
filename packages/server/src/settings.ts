// Reads the settings: a flag overrides the environment, the environment the file of --config, the file the default. Nothing
// falls back silently: an invalid value is an error that names the setting, the value and what is accepted.

import { digestOf } from '@tradelane/shared/access/token'
import { PRODUCTS } from '@tradelane/venues/registry'
import type { VenueSettings } from '@tradelane/venues/venue'
import type * as z from 'zod'
import { bookBufferConflict } from './book-buffer.js'
import { SettingError } from './setting-error.js'
import type { Setting } from './setting-types.js'
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
import { readTokenFile } from './token-file.js'

export interface ProductEndpoint {
  readonly ws: string
  readonly rest: string
}

export interface Settings extends SettingValues {
  /** By product id. */
  readonly endpoints: Readonly<Record<string, ProductEndpoint>>
  readonly venueSettings: VenueSettings
  /** No setting of a user: the demo has a naive socket beside the gateway, for its page. */
  readonly hasNaiveSocket?: boolean
}

export interface SettingOrigin {
  readonly name: string
  /** `(set)` for a secret; empty for none. */
  readonly value: string
  /** `default`, the file's path, `environment`, `--flag`. */
  readonly origin: string
  /** As text, too. */
  readonly fallback: string
  readonly isNumber: boolean
  readonly unit: string | null
}

export type Environment = Readonly<Record<string, string | undefined>>
/** Flag values by setting key. */
export type Flags = Partial<Record<SettingKey, string>>

/** Contents of the file of --config, by the names of the environment variables. */
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
      throw new SettingError(`unsupported setting ${name}: ${advice}`)
    }
  }
  for (const name of Object.keys(file.values)) {
    if (!KNOWN_NAMES.has(name)) {
      throw new SettingError(`${file.path}: unknown setting ${name}; expected a name that \`tradelane config\` lists`)
    }
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
        : (namedValue(setting.name, named, setting.isAnyCase) ?? { text: setting.fallback, origin: 'default' })
    const value = parsed(setting, { text, origin }, file)
    if (key in PROGRAM_SETTINGS) values[key] = value
    else venueSettings[setting.name] = value as string
    const { name, fallback, unit = null } = setting
    const shown = setting.isSecret && value !== null ? SECRET : text
    origins.push({ name, value: shown, origin, fallback, isNumber: typeof value === 'number', unit })
  }
  const known = values as unknown as SettingValues
  const conflict = conflictOf(known) ?? bookBufferConflict(known)
  if (conflict !== null) throw new SettingError(conflict)
  const { authTokenFile: path } = known
  const authToken = path === null ? known.authToken : digestOf(readTokenFile(path))
  const endpoints = readEndpoints(named, known.region, sim, origins)
  return { settings: { ...known, authToken, venueSettings, endpoints }, origins }
}

/** What is shown in place of a secret. */
const SECRET = '(set)'

/** Throws `SettingError`. */
function parsed(setting: Setting<unknown>, value: NamedValue, file: SettingsFile): unknown {
  if (setting.isOptional && value.origin === 'default') return null
  const result = setting.schema.safeParse(value.text)
  if (result.success) return result.data
  const shown = setting.isSecret ? { ...value, text: null } : value
  throw invalid(setting.name, shown, file, setting.accepted, reasonOf(result.error))
}

interface NamedValues {
  readonly env: Environment
  readonly file: SettingsFile
}

interface NamedValue {
  readonly text: string
  readonly origin: string
}

function namedValue(name: string, { env, file }: NamedValues, isAnyCase = false): NamedValue | undefined {
  const [ofEnv, ofFile] = [env[name] ?? (isAnyCase ? env[name.toLowerCase()] : undefined), file.values[name]]
  if (ofEnv !== undefined) return { text: ofEnv, origin: 'environment' }
  return ofFile === undefined ? undefined : { text: ofFile, origin: file.path }
}

/** The text is null where it is not to be shown. */
type ShownValue = Omit<NamedValue, 'text'> & { readonly text: string | null }

/** One line, whatever is in the value. Names the setting as the user wrote it. */
function invalid(
  name: string,
  { text, origin }: ShownValue,
  file: SettingsFile,
  accepted: string,
  reason = '',
): SettingError {
  const isNamed = origin === 'environment' || origin === file.path
  const place = origin === file.path ? `${file.path}: ` : ''
  const shown = text === null ? '(its value is not shown)' : JSON.stringify(text)
  return new SettingError(`${place}invalid ${isNamed ? name : origin} ${shown}; ${reason}expected ${accepted}`)
}

/** Where the schema gave one. */
function reasonOf({ issues: [issue] }: z.ZodError): string {
  const reason = issue?.code === 'custom' ? issue.params?.['reason'] : undefined
  return typeof reason === 'string' ? `${reason}; ` : ''
}

function readEndpoints(
  named: NamedValues,
  region: string,
  sim: string | undefined,
  origins: SettingOrigin[],
): Record<string, ProductEndpoint> {
  const base = sim === undefined ? null : readUrl('--sim', { text: sim, origin: '--sim' }, named.file, PROTOCOLS.WS)
  const endpoints: Record<string, ProductEndpoint> = {}
  for (const product of PRODUCTS) {
    const { simulatorPrefix: prefix } = product
    const ofRegion = product.regionalEndpoints?.[region] ?? {}
    const { ws, rest } = { ...product.endpoints, ...ofRegion }
    const ends = {
      WS: base === null ? ws : base + prefix,
      REST: base === null ? rest : base.replace(/^ws/, 'http') + prefix,
    }
    const fallbacks = { WS: product.endpoints.ws, REST: product.endpoints.rest }
    const isRegional = { WS: ofRegion.ws !== undefined, REST: ofRegion.rest !== undefined }
    const originOfPreset = (end: 'WS' | 'REST'): string => {
      if (base !== null) return '--sim'
      return isRegional[end] ? `REGION=${region}` : 'default'
    }
    const read = (end: 'WS' | 'REST'): string => {
      const name = endpointName(product.id, end)
      const found = namedValue(name, named)
      const value = found === undefined ? ends[end] : readUrl(name, found, named.file, PROTOCOLS[end])
      const origin = found?.origin ?? originOfPreset(end)
      origins.push({ name, value, origin, fallback: fallbacks[end], isNumber: false, unit: null })
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

function readUrl(name: string, value: NamedValue, file: SettingsFile, protocols: readonly string[]): string {
  const { text } = value
  const url = URL.canParse(text) ? new URL(text) : null
  // Paths are appended: a query or a fragment would end up in the middle.
  if (url !== null && protocols.includes(url.protocol) && !/[?#@]/.test(text)) {
    return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, '')
  }
  throw invalid(name, value, file, protocols.map(protocol => `${protocol}//host[:port][/prefix]`).join(' or '))
}
