// The command line: commands, flags, help. Every setting but a secret is a flag as well as an environment variable. Parsing
// only: what a command does is in `commands/`, and each command line loads only its own command.

import { WIRE_KINDS } from '@tradelane/shared/market/nouns'
import { INSTRUMENTS_MAX } from '@tradelane/venue-sim/market/many-instruments'
import { REGIONS } from '@tradelane/venues/registry'
import { Command, CommanderError, Option } from 'commander'
import { checkCertificate } from './access-settings.js'
import type { DemoOptions } from './commands/demo.js'
import type { ProbeCommandOptions } from './commands/probe.js'
import type { StatCommandOptions } from './commands/stat.js'
import { FAULTS } from './demo-faults.js'
import { httpUrl, kinds, port, positive, webSocketUrls, wholeNumber } from './flag-values.js'
import { printError } from './print.js'
import { SettingError } from './setting-error.js'
import type { Settings } from './settings.js'
import { flagOf, SETTINGS } from './settings-table.js'
import { type SettingsOptions, settingsReader, withScenario, withSettings } from './shared-flags.js'
import type { SimOptions } from './sim-options.js'
import { simulatedNames } from './simulated-instruments.js'
import { versionText } from './version.js'

export const EXIT_USAGE = 2
const SIM_PORT = 9100
const PROBE_SECONDS = 30
/** Not a default of Commander's, which would stand before the servers that are named. */
const PROBE_URL = 'ws://127.0.0.1:9001'
const TOKEN_HELP = 'a token is taken from AUTH_TOKEN or AUTH_TOKEN_FILE, further authorities from NODE_EXTRA_CA_CERTS'
/** Below the venues' limit for one connection: replacing it would write some frames twice. */
const RECORD_SECONDS_MAX = 21_600

/** Runs one command line, without program name. Resolves to the exit code; never rejects on wrong usage. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let code = 0
  const program = newProgram(result => {
    code = result
  })
  try {
    refuseSecretFlags(argv)
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof SettingError) {
      printError(error.message)
      return EXIT_USAGE
    }
    // Commander has already printed the help, the version or the error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
    throw error
  }
}

function newProgram(finish: (code: number) => void): Command {
  const program = new Command('tradelane')
    .description('A market-data gateway for crypto traders: a trade never waits behind an order book.')
    .version(versionText())
    .exitOverride()
    .configureOutput(errorsNaming('tradelane --help'))
  program.addCommand(serveCommand(finish))
  program.addCommand(demoCommand(finish))
  program.addCommand(simCommand(finish))
  program.addCommand(recordCommand(finish))
  program.addCommand(probeCommand(finish))
  program.addCommand(tailCommand(finish))
  program.addCommand(statCommand(finish))
  program.addCommand(topCommand(finish))
  program.addCommand(configCommand(finish))
  program.addCommand(doctorCommand(finish))
  for (const command of program.commands) {
    command.copyInheritedSettings(program).configureOutput(errorsNaming(`tradelane ${command.name()} --help`))
  }
  return program
}

function errorsNaming(help: string): { outputError: (text: string) => void } {
  return { outputError: text => printError(`${oneLine(text)} (see ${help})`) }
}

function oneLine(text: string): string {
  return (
    text
      .replace(/^error: /, '')
      // The value of a flag that was misspelled may be a secret.
      .replace(/^(unknown option '[^'=]*)=[^']*'/, "$1'")
      .trim()
      .replaceAll(/\s*\n\s*/g, ' ')
  )
}

/** Throws `SettingError`. */
function refuseSecretFlags(argv: readonly string[]): void {
  for (const setting of Object.values(SETTINGS).filter(({ isSecret }) => isSecret)) {
    const flag = flagOf(setting)
    if (!argv.some(argument => argument === flag || argument.startsWith(`${flag}=`))) continue
    const reason = 'every user of this machine can list the arguments of programs'
    const other = `${setting.name}_FILE`
    const places = Object.values(SETTINGS).some(({ name }) => name === other) ? ` or ${other}` : ''
    throw new SettingError(`${setting.name} has no flag: ${reason}; expected an environment variable${places}`)
  }
}

function serveCommand(finish: (code: number) => void): Command {
  const command = new Command('serve').description('serve clients from the live venues, or from a simulator')
  return withSettings(command)
    .option('--sim <url>', 'point every venue at one simulator, e.g. ws://127.0.0.1:9100')
    .action(async (options: SettingsOptions) => {
      const [{ serve }, settingsOf] = await Promise.all([import('./commands/serve.js'), settingsReader(options)])
      const { settings } = settingsOf()
      checkCertificate(settings)
      const venues = options.sim === undefined ? liveVenues(settings) : `simulated venues on ${options.sim}`
      const reload = options.config === undefined ? {} : { readAgain: () => settingsOf().settings }
      finish(await serve({ settings, venues, ...reload }))
    })
}

/** The proxy is named, its user and password are not. */
function liveVenues({ region, httpsProxy }: Settings): string {
  const ofRegion = region === REGIONS[0] ? '' : ` of region ${region} (never seen live)`
  const through = httpsProxy === null ? '' : ` through the proxy ${new URL(httpsProxy).host}`
  return `live venues${ofRegion}${through}`
}

function demoCommand(finish: (code: number) => void): Command {
  const command = new Command('demo').description('simulated venues and the gateway together')
  withScenario(withSettings(command))
    .option('--sim-port <port>', 'port of the simulated venues; 0 picks a free one', port, 0)
    .addHelpText(
      'after',
      '\n--instruments also takes a number: so many simulated instruments, of all products together.' +
        '\nWithout --journal the journal is a temporary file, which is removed at the end.',
    )
    .addOption(new Option('--fault <name>', 'what to kill while it runs').choices(FAULTS))
    .option(
      '--seconds <n>',
      'end after this long with the report of `tradelane probe`, by its journal (default: until Ctrl-C; with --json or --csv 30)',
      wholeNumber(1, 86_400),
    )
    .option('--json', 'print that report as JSON, everything else on standard error', false)
    .addOption(csvOption('print that report as CSV, everything else on standard error'))
  return command.action(async (given: SettingsOptions & DemoCommandOptions) => {
    const options = { ...given, ...countedInstruments(given.instruments ?? process.env.INSTRUMENTS) }
    const [{ demo }, settingsOf] = await Promise.all([import('./commands/demo.js'), settingsReader(options)])
    const settingsFor = (url: string): Settings => ({ ...settingsOf(url).settings, hasNaiveSocket: true })
    checkCertificate(settingsFor(`ws://127.0.0.1:${SIM_PORT}`)) // Reports a bad setting before anything starts.
    const report = reportForm(options)
    finish(await demo({ ...options, ...report, settingsFor, isReloading: options.config !== undefined }))
  })
}

interface DemoCommandOptions extends Omit<DemoOptions, 'settingsFor' | 'isReloading' | 'report'> {
  readonly seconds?: number
  readonly json: boolean
  readonly csv: boolean
}

function reportForm({ seconds, json, csv }: DemoCommandOptions): Pick<DemoOptions, 'report'> {
  if (seconds === undefined && !json && !csv) return {}
  return { report: { seconds: seconds ?? PROBE_SECONDS, json, csv } }
}

function csvOption(about: string): Option {
  return new Option('--csv', about).default(false).conflicts('json')
}

/** Venues that are simulated have as many instruments as asked for: a number stands for all of their names. */
function countedInstruments(text: string | undefined): { instruments: string; instrumentCount: number } | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined
  const instrumentCount = wholeNumber(1, INSTRUMENTS_MAX)(text)
  return { instruments: simulatedNames(instrumentCount), instrumentCount }
}

function simCommand(finish: (code: number) => void): Command {
  const command = new Command('sim').description(
    'the simulated venues alone, on one port, with a path prefix per product',
  )
  return withScenario(command)
    .option('--port <port>', 'port to listen on', port, SIM_PORT)
    .option('--trade-rate <n>', 'trades per second, in place of the value of the scenario', wholeNumber(1, 10_000))
    .option(
      '--instruments <n>',
      'simulated instruments, of all products together; the first ones trade most (default: 18)',
      wholeNumber(1, INSTRUMENTS_MAX),
    )
    .option('--capture <files...>', 'serve captured frames instead of a market model')
    .addOption(new Option('--speed <factor>', 'replay speed of a capture').choices(['1', '10', 'max']).default('1'))
    .option('--restamp', "shift a capture's timestamps to now", false)
    .action(async (options: Omit<SimOptions, 'speed'> & { speed: string }) => {
      const { sim } = await import('./commands/sim.js')
      finish(await sim({ ...options, speed: options.speed === 'max' ? 'max' : Number(options.speed) }))
    })
}

function recordCommand(finish: (code: number) => void): Command {
  interface Options extends SettingsOptions {
    readonly seconds: number
    readonly maxMb: number
  }
  return withSettings(
    new Command('record').description('record what the venues send, as a capture for `tradelane sim --capture`'),
  )
    .argument('<file>', 'file to write; must not exist; compressed when its name ends in .gz')
    .option('--sim <url>', 'record a simulator instead of the live venues')
    .option('--seconds <n>', 'stop after this many seconds', wholeNumber(1, RECORD_SECONDS_MAX), 60)
    .option('--max-mb <n>', 'stop at this file size, MB', wholeNumber(1, 1_000_000), 1_000)
    .action(async (path: string, options: Options) => {
      const [{ record }, settingsOf] = await Promise.all([import('./commands/record.js'), settingsReader(options)])
      const { settings } = settingsOf()
      finish(await record({ path, settings, seconds: options.seconds, bytesMax: options.maxMb * 1e6 }))
    })
}

function probeCommand(finish: (code: number) => void): Command {
  return new Command('probe')
    .description('listen to running servers as a client: latency, kinds, books; with a journal, losses and equality')
    .argument(
      '[urls...]',
      `servers to listen to, ws:// or wss:// (default: ${PROBE_URL}); ${TOKEN_HELP}`,
      webSocketUrls,
    )
    .option('--seconds <n>', 'how long to listen', wholeNumber(1, 86_400), PROBE_SECONDS)
    .option('--clients <n>', 'connections per server', wholeNumber(1, 10_000), 1)
    .option('--journal <file>', "the simulator's journal, to compare what arrived with what was sent")
    .option('--sim <url>', 'the simulator, asked to complete its journal before it is read')
    .option('--ack', 'acknowledge frames by message, as a client behind an intermediary does', false)
    .option('--json', 'print the report as JSON', false)
    .addOption(csvOption('print latencies and frames as CSV, a line per server, product and kind'))
    .option('--p99-ms <ms>', 'fail when the p99 of trades is above this', positive)
    .option(
      '--require <kinds>',
      `kinds that every product must show: ${WIRE_KINDS.join(', ')} (default: those of the default subscriptions; a liquidation only where the journal has one of the time, or without a journal from 30 s on)`,
      kinds,
    )
    .action(async (urls: readonly string[] = [PROBE_URL], options: Omit<ProbeCommandOptions, 'urls'>) => {
      const { probe } = await import('./commands/probe.js')
      finish(await probe({ urls, ...options }))
    })
}

function tailCommand(finish: (code: number) => void): Command {
  return new Command('tail')
    .description(
      'why the latest trades of a running gateway were late: hop by hop, and what its threads did at the time',
    )
    .argument('[url]', `its admin address (ADMIN_ADDR); ${TOKEN_HELP}`, httpUrl, 'http://127.0.0.1:9002')
    .option('--json', 'print the report as JSON', false)
    .action(async (url: string, { json }: { json: boolean }) => {
      const { tail } = await import('./commands/tail.js')
      finish(await tail(url, json))
    })
}

function statCommand(finish: (code: number) => void): Command {
  return new Command('stat')
    .description('what a running gateway does: threads, lanes, links, books, clients, refusals, counters')
    .argument('[url]', `its admin address (ADMIN_ADDR); ${TOKEN_HELP}`, httpUrl, 'http://127.0.0.1:9002')
    .option('--watch', 'again each second, until Ctrl-C', false)
    .option('--json', 'print the report as JSON', false)
    .action(async (url: string, options: StatCommandOptions) => {
      const { stat } = await import('./commands/stat.js')
      finish(await stat(url, options))
    })
}

function topCommand(finish: (code: number) => void): Command {
  return new Command('top')
    .description('the state of a running gateway at a glance, each second; q ends it')
    .argument('[url]', `its admin address (ADMIN_ADDR); ${TOKEN_HELP}`, httpUrl, 'http://127.0.0.1:9002')
    .action(async (url: string) => {
      const { top } = await import('./commands/top.js')
      finish(await top(url))
    })
}

function configCommand(finish: (code: number) => void): Command {
  return withSettings(new Command('config').description('the effective settings, and where each value comes from'))
    .option('--sim <url>', 'as for serve')
    .option('--json', 'print name, value, source, default and unit of each as JSON', false)
    .action(async (options: SettingsOptions & { json: boolean }) => {
      const [{ config }, settingsOf] = await Promise.all([import('./commands/config.js'), settingsReader(options)])
      finish(config(settingsOf().origins, options.json))
    })
}

function doctorCommand(finish: (code: number) => void): Command {
  const about =
    'what of this machine and its network keeps the gateway from running well, and what to do; exit code 1 where something fails'
  return withSettings(new Command('doctor').description(about))
    .option('--sim <url>', 'as for serve')
    .option('--json', 'print the findings as JSON', false)
    .action(async (options: SettingsOptions & { json: boolean }) => {
      const [{ doctor }, settingsOf] = await Promise.all([import('./commands/doctor.js'), settingsReader(options)])
      finish(await doctor(settingsOf().settings, options.json))
    })
}
