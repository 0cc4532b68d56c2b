// `tradelane serve` on simulated venues, as a process of its own.

import { fileURLToPath } from 'node:url'
import { SETTINGS } from '@tradelane/server/settings-table'
import { LISTEN_HOST } from '../network/link.js'
import { type Child, spawnChild } from '../run/child.js'

export interface ProductOptions {
  /** `ws://host:port` of the simulator. */
  readonly sim: string
  readonly env?: Readonly<Record<string, string>>
  readonly nodeFlags?: readonly string[]
  /** File descriptors that it may have; the machine's own limit if absent. */
  readonly descriptorsMax?: number
}

/** `url`: `ws://host:port`, or `wss:` with TLS. */
export async function startProduct(options: ProductOptions): Promise<{ child: Child; url: string }> {
  const { sim, env = {}, nodeFlags = [], descriptorsMax } = options
  const main = fileURLToPath(import.meta.resolve('@tradelane/server/main'))
  const args = [...nodeFlags, main, 'serve', '--sim', sim, '--ws-addr', `${LISTEN_HOST}:0`, '--log-level', 'warn']
  // The default port may be that of a running Tradelane.
  const environment = { ...plainEnvironment(), ADMIN_ADDR: '127.0.0.1:0', ...env }
  const limited = ['-c', `ulimit -n ${descriptorsMax}; exec "$0" "$@"`, process.execPath, ...args]
  const [program, programArgs] = descriptorsMax === undefined ? [process.execPath, args] : ['/bin/sh', limited]
  const { child, answer } = await spawnChild(program, programArgs, readServing, environment)
  return { child, url: answer.replace('//0.0.0.0:', '//127.0.0.1:') }
}

function readServing(line: string): string | undefined {
  return /Serving on (wss?:\/\/[^\s]+:\d+)/.exec(line)?.[1]
}

/** Without the user's own settings of Tradelane. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name))
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.has(name)))
}
