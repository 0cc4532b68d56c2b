// The command line of `npm run hostile`.

import { parseArgs } from 'node:util'
import { ATTACKS } from './attack-table.js'

export interface HostileArguments {
  readonly isQuick: boolean
  /** Names of attacks, and `together`; empty: all. */
  readonly only: readonly string[]
  readonly pairCount: number
  readonly windowMs: number
  /** Trades per second. */
  readonly tradeRate: number
  readonly seed: number
}

export const TOGETHER = 'together'
const SECONDS = '2'
const PAIRS = '3'
const QUICK_SECONDS = '1.5'
/**
 * The p99 of so short a window is that of the one pause of a slow machine that fell into it, or of none. With three pairs one
 * attack in ten failed on a product that is no slower than the plain listener; with nine, one in three hundred.
 */
const QUICK_PAIRS = '9'
const NAMES = [...ATTACKS.map(({ name }) => name), TOGETHER]

export const HELP = `npm run hostile -- [options]
  --quick        only the three that hurt most: three minutes
  --only NAME,…  only these
  --pairs N      pairs of each attack: on the product, and on a plain listener (${PAIRS}; with --quick ${QUICK_PAIRS})
  --seconds S    length of a window, 0.5..60 (${SECONDS}; with --quick ${QUICK_SECONDS})
  --trades N     trades per second, 10..5000 (500)
  --seed N       seed of the simulated markets (1)

Attacks:
${ATTACKS.map(({ name, about }) => `  ${name.padEnd(22)} ${about}`).join('\n')}
  ${TOGETHER.padEnd(22)} all on the ports of clients and admin at once, each at a fifth of its rate
`

/** Throws an Error with a text for the user. */
export function readArguments(argv: readonly string[]): HostileArguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      pairs: { type: 'string' },
      seconds: { type: 'string' },
      trades: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
    },
  })
  if (values.help) return 'help'
  const only = values.only.flatMap(text => text.split(',')).filter(word => word !== '')
  for (const name of only) {
    if (!NAMES.includes(name)) throw new Error(`invalid --only "${name}"; expected one of ${NAMES.join(', ')}`)
  }
  return {
    isQuick: values.quick,
    only,
    pairCount: number('--pairs', values.pairs ?? (values.quick ? QUICK_PAIRS : PAIRS), {
      min: 1,
      max: 100,
      isWhole: true,
    }),
    windowMs:
      number('--seconds', values.seconds ?? (values.quick ? QUICK_SECONDS : SECONDS), {
        min: 0.5,
        max: 60,
        isWhole: false,
      }) * 1_000,
    tradeRate: number('--trades', values.trades, { min: 10, max: 5_000, isWhole: true }),
    seed: number('--seed', values.seed, { min: 0, max: 2 ** 30, isWhole: true }),
  }
}

interface Accepted {
  readonly min: number
  readonly max: number
  readonly isWhole: boolean
}

function number(flag: string, text: string, { min, max, isWhole }: Accepted): number {
  const value = Number(text)
  const isForm = isWhole ? /^\d+$/.test(text) : /^\d+(\.\d+)?$/.test(text)
  if (isForm && value >= min && value <= max) return value
  throw new Error(`invalid ${flag} "${text}"; expected a ${isWhole ? 'whole ' : ''}number ${min}..${max}`)
}
