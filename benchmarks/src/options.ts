// The command line of the benchmarks.

import { parseArgs } from 'node:util'
import { FAULTS, type Fault } from './faults/fault-names.js'
import { PEER_NAMES } from './peers/peer-variants.js'
import { BENCH_SCENARIOS, LINK_SCENARIO, PEER_SCENARIOS } from './run/scenarios.js'
import {
  COMPACT,
  FOUR_SHARDS,
  GATED_LOOP,
  ISOLATION_OFF,
  RAW_FLOOR,
  SINGLE_LOOP,
  TRADELANE,
  TWO_SHARDS,
} from './variants/variant-names.js'

export interface BenchArguments {
  readonly isQuick: boolean
  /** Empty: all. */
  readonly scenarios: readonly string[]
  /** Empty: those of each scenario. */
  readonly variants: readonly string[]
  /** Tradelane beside its peers, which the benchmark starts. */
  readonly isPeers: boolean
  /** Behind links of the kernel's own: Tradelane and the loop with the usual gate. */
  readonly hasLinks: boolean
  /** What `--peers` has measured before is measured again. */
  readonly isFresh: boolean
  readonly peers: readonly { readonly name: string; readonly url: string }[]
  readonly simPort: number
  readonly roundCount: number
  readonly seed: number
  /** The ratios of this run become the baseline. */
  readonly isBaseline: boolean
  readonly faults: readonly Fault[]
  /** `benchmarks/RESULTS.md` is written. */
  readonly hasDocument: boolean
  /** A client in Python measures beside the probe. */
  readonly hasWitness: boolean
}

const VARIANTS = [TRADELANE, ISOLATION_OFF, COMPACT, TWO_SHARDS, FOUR_SHARDS, SINGLE_LOOP, GATED_LOOP, RAW_FLOOR]
const QUICK_VARIANTS = [SINGLE_LOOP]
const SCENARIO_NAMES = BENCH_SCENARIOS.map(({ name }) => name).filter(name => name !== LINK_SCENARIO)
const LINK_VARIANTS = [TRADELANE, GATED_LOOP]

export const HELP = `npm run bench -- [options]
  --quick              tradelane and the single loop in normal and burst, two rounds of 400 trades/s: eight minutes
  --scenario NAME,…    only these: ${SCENARIO_NAMES.join(', ')}
  --variant NAME,…     only these beside tradelane: ${VARIANTS.slice(1).join(', ')}
  --peers              tradelane beside its peers, each started here; goes on where it ended. One round of ${PEER_SCENARIOS.join(', ')};
                       with --variant only these: ${PEER_NAMES.join(', ')}
  --links              tradelane and ${GATED_LOOP} behind links of 300 and 100 kB/s (network namespaces, BBR, tcp_notsent_lowat
                       16 KiB; as root); its figures are among those of --peers
  --fresh              with --peers or --links: measure again what was measured before
  --peer NAME=URL      also measure this running server, which takes its venues from --sim-port; may be repeated
  --sim-port PORT      where the simulator listens for peers (9100)
  --rounds N           3 or more for figures to quote (3; with --quick 2, with --peers 1)
  --seed N             seed of the simulated markets (1)
  --document           write benchmarks/RESULTS.md and its curves from this run
  --witness            a client in Python measures beside the probe (Debian's python3-websockets)
  --accept             make the ratios of this run the baseline that later runs are compared with
  --fault NAME,…       break tradelane on purpose, to see the gates fail: ${FAULTS.join(', ')}
  --micro [WORD…]      run the micro-benchmarks instead, those whose path contains a WORD: what single steps cost
`

/** Throws an Error with a text for the user. */
export function readArguments(argv: readonly string[]): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true, default: [] },
      variant: { type: 'string', multiple: true, default: [] },
      peers: { type: 'boolean', default: false },
      links: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] },
      'sim-port': { type: 'string', default: '9100' },
      rounds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      accept: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      witness: { type: 'boolean', default: false },
      fault: { type: 'string', multiple: true, default: [] },
    },
  })
  if (values.help) return 'help'
  if (values.accept && values.fault.length > 0) {
    throw new Error('--accept cannot be used with --fault: a broken product is no baseline')
  }
  const { peers: isPeers, links: hasLinks } = values
  const alone = isPeers ? '--peers' : '--links'
  for (const other of ['quick', 'accept'] as const) {
    if ((isPeers || hasLinks) && values[other]) throw new Error(`${alone} cannot be used with --${other}`)
  }
  if (isPeers && hasLinks) throw new Error('--peers cannot be used with --links: one after the other')
  if (hasLinks && values.scenario.length > 0) throw new Error('--links cannot be used with --scenario')
  if (values.fresh && !isPeers && !hasLinks) throw new Error('--fresh is of --peers and --links')
  const variants = listOf('--variant', values.variant, hasLinks ? LINK_VARIANTS : isPeers ? PEER_NAMES : VARIANTS)
  const scenarios = listOf('--scenario', values.scenario, SCENARIO_NAMES)
  return {
    isQuick: values.quick,
    isPeers,
    hasLinks,
    isFresh: values.fresh,
    scenarios: scenariosUnlessNamed(values, scenarios),
    variants: variantsUnlessNamed(values, variants),
    peers: values.peer.map(readPeer),
    simPort: wholeNumber('--sim-port', values['sim-port'], { min: 1, max: 65_535 }),
    roundCount: wholeNumber('--rounds', values.rounds ?? roundsUnlessNamed(values), { min: 1, max: 100 }),
    seed: wholeNumber('--seed', values.seed, { min: 0, max: 2 ** 30 }),
    hasDocument: values.document,
    hasWitness: values.witness,
    isBaseline: values.accept,
    faults: listOf('--fault', values.fault, FAULTS),
  }
}

function listOf<Name extends string>(flag: string, texts: readonly string[], accepted: readonly Name[]): Name[] {
  const words = texts.flatMap(text => text.split(',')).filter(word => word !== '')
  return words.map(word => {
    const name = accepted.find(each => each === word)
    if (name === undefined) throw new Error(`invalid ${flag} "${word}"; expected one of ${accepted.join(', ')}`)
    return name
  })
}

interface Form {
  readonly quick: boolean
  readonly peers: boolean
  readonly links: boolean
}

function scenariosUnlessNamed({ peers, links }: Form, named: readonly string[]): readonly string[] {
  if (links) return [LINK_SCENARIO]
  return named.length === 0 && peers ? PEER_SCENARIOS : named
}

function variantsUnlessNamed({ quick, links }: Form, named: readonly string[]): readonly string[] {
  if (named.length > 0) return named
  return links ? LINK_VARIANTS : quick ? QUICK_VARIANTS : []
}

function roundsUnlessNamed({ quick, peers, links }: Form): string {
  return peers || links ? '1' : quick ? '2' : '3'
}

function readPeer(text: string): { name: string; url: string } {
  const [, name, url] = /^([\w.-]+)=(wss?:\/\/.+)$/.exec(text) ?? []
  if (name === undefined || url === undefined || !URL.canParse(url)) {
    throw new Error(`invalid --peer "${text}"; expected NAME=ws://host:port`)
  }
  return { name, url }
}

function wholeNumber(flag: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new Error(`invalid ${flag} "${text}"; expected a whole number ${min}..${max}`)
}
