// `tradelane serve`: the gateway, on live venues or on one simulator, until a signal.

import { certificatePathsOf, openPortsOf } from '../access-settings.js'
import { coloursFor } from '../colours.js'
import { newGatewayProcess } from '../gateway-process.js'
import { printError, printLine } from '../print.js'
import { newProcessLog } from '../process-log.js'
import type { Settings } from '../settings.js'
import { reloadOnHangup } from '../settings-reload.js'
import { adminLines, clientLines } from '../start-screen.js'
import { catchStopSignals, type StopSignals } from '../stop-signals.js'
import type { Supervisor } from '../supervisor.js'
import type { Fatal } from '../thread-mail.js'

export interface ServeOptions {
  readonly settings: Settings
  /** Reads the settings again on SIGHUP; absent without a file of settings. */
  readonly readAgain?: () => Settings
  /** For the user: `live venues`, or the simulator's URL. */
  readonly venues: string
  /** Called once clients can connect. */
  readonly onServing?: (supervisor: Supervisor, clientsUrl: string) => void
  readonly signals?: StopSignals
  /** Stops without a signal when it resolves. */
  readonly isOver?: Promise<void>
  /** Gets what is said of the start and the stop; default: standard output. */
  readonly print?: (line: string) => void
}

/** Resolves to the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { settings, print = printLine } = options
  const signals = options.signals ?? catchStopSignals()
  const log = await newProcessLog(settings.logLevel)
  const ports = [{ name: 'WS_ADDR', address: settings.wsAddr }]
  if (settings.adminAddr !== null) ports.push({ name: 'ADMIN_ADDR', address: settings.adminAddr })
  for (const fields of openPortsOf(settings, ports)) {
    log.warn('open to other machines without a token: set AUTH_TOKEN_FILE, or an address of loopback', fields)
  }
  const supervisor = newGatewayProcess(settings, log)
  const stopReloading = reloadOnHangup({ settings, readAgain: options.readAgain, supervisor, log })
  print(`Starting: threads ${supervisor.roles.join(', ')}; ${options.venues}`)
  const failed = supervisor.failed.then(fatal => ({ fatal }))
  const signalled = signals.first.then(signal => ({ reason: ` (${signal})` }))
  const over = (options.isOver ?? new Promise<void>(() => {})).then(() => ({ reason: '' }))
  const started = supervisor.start().then(port => ({ port }))
  const first = await Promise.race([started, failed, signalled, over])
  const colours = coloursFor(process.stdout, process.env)
  const scheme = certificatePathsOf(settings) === null ? 'ws' : 'wss'
  let end: { fatal: Fatal } | { reason: string } | undefined
  if ('port' in first) {
    const clientsUrl = `${scheme}://${shownHost(settings.wsAddr.host)}:${first.port}`
    print(`Serving on ${clientsUrl} (health: /healthz, /readyz). Ctrl-C stops it.`)
    for (const line of clientLines(clientsUrl, colours)) print(line)
    void supervisor.adminListening.then(port => {
      if (end !== undefined) return
      const url = `${scheme === 'wss' ? 'https' : 'http'}://${shownHost(settings.adminAddr?.host ?? '')}:${port}`
      print(`Serving on ${url} (admin: /stat, /tail, /metrics, /healthz, /readyz).`)
      for (const line of adminLines(url, colours)) print(line)
    })
    options.onServing?.(supervisor, clientsUrl)
    end = await Promise.race([failed, signalled, over])
  } else end = first
  if ('fatal' in end) printError(describe(end.fatal))
  else print(`Stopping${end.reason} …`)
  await Promise.race([supervisor.stop(), signals.second])
  stopReloading()
  // Who handed them in has more to stop.
  if (options.signals === undefined) signals.release()
  if ('reason' in end) print('Stopped.')
  return 'fatal' in end ? 1 : 0
}

function shownHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
}

function describe({ code, message }: Fatal): string {
  return code === 'ERR_PORT_IN_USE'
    ? `${message} (another Tradelane? set another port with WS_ADDR or --ws-addr)`
    : message
}
