// Two network namespaces of Linux with cables between them: clients behind real links of a limited rate, whose queues and congestion
// control are the kernel's. Needs root, `ip` and `tc`. The benchmark, with simulator, server and probe, runs in the one; the far ends
// of slow paths are in the other.
//
// `tcp_notsent_lowat` of 16 KiB: a socket takes no more from its program while so much is not yet sent, so that a gate that looks at
// unsent bytes sees what the link carries.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Set where the benchmark runs inside: the namespace of the far ends. */
const FAR_VARIABLE = 'TRADELANE_BENCH_FAR'
const NOT_SENT_BYTES_MAX = 16_384
/** What waits before a link: more is dropped. The burst holds a full packet. */
const QUEUE = ['burst', '3000', 'latency', '400ms']

export interface Cable {
  /** Of the server's end. */
  readonly near: string
  readonly far: string
  /** From server to client; undefined: the machine's own. */
  readonly bytesPerS?: number
}

export const PLAIN_CABLE: Cable = { near: '10.213.0.1', far: '10.213.0.2' }
export const CABLE_300: Cable = { near: '10.213.1.1', far: '10.213.1.2', bytesPerS: 300_000 }
export const CABLE_100: Cable = { near: '10.213.2.1', far: '10.213.2.2', bytesPerS: 100_000 }
const CABLES = [PLAIN_CABLE, CABLE_300, CABLE_100]

/** The namespace of the far ends; undefined where the benchmark runs outside. */
export const farNamespace = process.env[FAR_VARIABLE]
/** Where servers listen. */
export const LISTEN_HOST = farNamespace === undefined ? '127.0.0.1' : '0.0.0.0'

/** A program and arguments that start a program in the far namespace; empty outside. */
export function farLauncher(): readonly string[] {
  return farNamespace === undefined ? [] : ['ip', 'netns', 'exec', farNamespace]
}

/** Why there can be no links here, or null. */
export function missingLinks(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  for (const program of ['ip', 'tc']) {
    if (spawnSync(program, ['-V']).error !== undefined) return `${program} is missing; Debian: apt-get install iproute2`
  }
  const congestion = spawnSync('sysctl', ['-n', 'net.ipv4.tcp_congestion_control']).stdout?.toString().trim()
  return congestion === 'bbr' ? null : `the kernel's congestion control is ${congestion}, not bbr`
}

/** Runs this very command inside, and resolves with its exit code. */
export async function runBehindLinks(argv: readonly string[]): Promise<number> {
  const near = `tradelane-near-${process.pid}`
  const far = `tradelane-far-${process.pid}`
  // Ctrl-C reaches the benchmark inside, which ends in order.
  const wait = (): void => {}
  process
    .on('SIGINT', wait)
    .on('SIGTERM', wait)
    .on('exit', () => removeLinks(near, far))
  buildLinks(near, far)
  const main = fileURLToPath(new URL('../main.js', import.meta.url))
  const inside = ['netns', 'exec', near, process.execPath, '--enable-source-maps', main, ...argv]
  const benchmark = spawn('ip', inside, { stdio: 'inherit', env: { ...process.env, [FAR_VARIABLE]: far } })
  const [code] = await once(benchmark, 'exit')
  return code ?? 1
}

/** Two namespaces of these names, and the cables between them. */
export function buildLinks(near: string, far: string): void {
  for (const name of [near, far]) {
    run('ip', 'netns', 'add', name)
    run('ip', '-n', name, 'link', 'set', 'lo', 'up')
  }
  run('ip', 'netns', 'exec', near, 'sysctl', '-qw', `net.ipv4.tcp_notsent_lowat=${NOT_SENT_BYTES_MAX}`)
  run('ip', 'netns', 'exec', near, 'sysctl', '-qw', 'net.ipv4.tcp_congestion_control=bbr')
  for (const [index, cable] of CABLES.entries()) {
    const [here, there] = [`near${index}`, `far${index}`]
    run('ip', '-n', near, 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', far)
    for (const [name, device, address] of [
      [near, here, cable.near],
      [far, there, cable.far],
    ] as const) {
      run('ip', '-n', name, 'address', 'add', `${address}/24`, 'dev', device)
      run('ip', '-n', name, 'link', 'set', device, 'up')
    }
    if (cable.bytesPerS === undefined) continue
    const rate = `${cable.bytesPerS * 8}bit`
    run('tc', '-n', near, 'qdisc', 'add', 'dev', here, 'root', 'tbf', 'rate', rate, ...QUEUE)
  }
}

export function removeLinks(near: string, far: string): void {
  for (const name of [near, far]) spawnSync('ip', ['netns', 'del', name])
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.toString().trim()}`)
}
