// The command line of the benchmarks.

import { parseArgs } from 'node:util'
import { FAULTS, type Fault } from './faults/fault-names.js'
import { BENCH_SCENARIOS } from './run/scenarios.js'
import { COMPACT, ISOLATION_OFF, RAW_FLOOR, SINGLE_LOOP, TRADELANE } from './variants/variant-names.js'

export interface BenchArguments {
  readonly isQuick: boolean
  readonly scenarios: readonly string[]
  readonly variants: readonly string[]
  readonly peers: readonly { readonly name: string; readonly url: string }[]
  readonly simPort: number
  readonly roundCount: number
  readonly seed: number
  readonly isAccepted: boolean
  readonly faults: readonly Fault[]
}

const VARIANTS = [TRADELANE, ISOLATION_OFF, COMPACT, SINGLE_LOOP, RAW_FLOOR]
const QUICK_VARIANTS = [SINGLE_LOOP]

export const HELP = `npm run bench -- [options]
  --quick              tradelane and the single loop, normal and burst: under four minutes
  --scenario NAME,…    only these: ${BENCH_SCENARIOS.map(({ name }) => name).join(', ')}
  --variant NAME,…     only these beside tradelane: ${VARIANTS.slice(1).join(', ')}
  --peer NAME=URL      also measure this running server, which takes its venues from --sim-port; may be repeated
  --sim-port PORT      where the simulator listens for peers (9100)
  --rounds N           3 or more, for figures that are to be believed (3)
  --seed N             other markets (1)
  --accept             make the ratios of this run the baseline that later runs are held against
  --fault NAME,…       break tradelane, to see the gates fail: ${FAULTS.join(', ')}
  --micro [WORD…]      the micro-benchmarks instead: what single steps cost
`

/** Throws an Error for the user. */
export function readArguments(argv: readonly string[]): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true, default: [] },
      variant: { type: 'string', multiple: true, default: [] },
      peer: { type: 'string', multiple: true, default: [] },
      'sim-port': { type: 'string', default: '9100' },
      rounds: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      accept: { type: 'boolean', default: false },
      fault: { type: 'string', multiple: true, default: [] },
    },
  })
  if (values.help) return 'help'
  if (values.accept && values.fault.length > 0) throw new Error('--accept: a broken product is no baseline')
  const scenarios = listed(values.scenario, '--scenario', new Set(BENCH_SCENARIOS.map(({ name }) => name)))
  const variants = listed(values.variant, '--variant', new Set(VARIANTS))
  return {
    isQuick: values.quick,
    scenarios,
    variants: variants.length === 0 && values.quick ? QUICK_VARIANTS : variants,
    peers: values.peer.map(readPeer),
    simPort: wholeNumber('--sim-port', values['sim-port'], 1, 65_535),
    roundCount: wholeNumber('--rounds', values.rounds, 1, 100),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 30),
    isAccepted: values.accept,
    faults: values.fault.flatMap(text => text.split(',')).map(readFault),
  }
}

function listed(texts: readonly string[], flag: string, accepted: ReadonlySet<string>): string[] {
  const names = texts.flatMap(text => text.split(',')).filter(name => name !== '')
  const unknown = names.find(name => !accepted.has(name))
  if (unknown !== undefined) throw new Error(`${flag}: "${unknown}" is none of ${[...accepted].join(', ')}`)
  return names
}

function readFault(text: string): Fault {
  const fault = FAULTS.find(name => name === text)
  if (fault === undefined) throw new Error(`--fault: "${text}" is none of ${FAULTS.join(', ')}`)
  return fault
}

function readPeer(text: string): { name: string; url: string } {
  const [, name, url] = /^([\w.-]+)=(wss?:\/\/.+)$/.exec(text) ?? []
  if (name === undefined || url === undefined || !URL.canParse(url)) {
    throw new Error(`--peer: "${text}" is not NAME=ws://host:port`)
  }
  return { name, url }
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new Error(`${flag}: "${text}" is not a whole number ${min}..${max}`)
}
