// Latency by rounds: for each percentile, rounds within its limit vote against those beyond it. A round that misses a limit while a
// hypervisor took as much of the processors as lies beyond the percentile says nothing about the server, and does not vote.

import { STOLEN_SHARES } from '@tradelane/probe/stolen-shares'

export const LIMITS_MS = { p50: 2, p95: 15, p99: 20 } as const
export type Figure = keyof typeof LIMITS_MS

export interface Round {
  /** ms; a round in which no trade came is beyond every limit. */
  readonly figures: Readonly<Record<Figure, number>>
  /** Of the processor time with work; 0..1. */
  readonly stolenShare: number
}

export interface Votes {
  readonly failures: readonly string[]
  /** Limits for which no round has a vote; null: none. */
  readonly unmeasured: string | null
}

const NAMES = Object.keys(LIMITS_MS) as readonly Figure[]
const MAJORITY = 2

/** Two rounds on the same side of every limit leave nothing for a third to decide. */
export function isDecided(rounds: readonly Round[]): boolean {
  return NAMES.every(name => {
    const { within, beyond } = count(rounds, name)
    return Math.max(within, beyond) >= MAJORITY
  })
}

export function judgeRounds(rounds: readonly Round[]): Votes {
  const failed = NAMES.filter(name => {
    const { within, beyond } = count(rounds, name)
    return beyond > 0 && beyond >= within
  })
  const unmeasured = NAMES.filter(name => {
    const { within, beyond } = count(rounds, name)
    return within === 0 && beyond === 0
  })
  return {
    failures: failed.map(name => missText(rounds, name)),
    unmeasured: unmeasured.length === 0 ? null : unmeasured.map(name => missText(rounds, name)).join('; '),
  }
}

function count(rounds: readonly Round[], name: Figure): { within: number; beyond: number } {
  const limitMs = LIMITS_MS[name]
  const missed = rounds.filter(({ figures }) => figures[name] >= limitMs)
  const stolen = missed.filter(({ stolenShare }) => stolenShare >= STOLEN_SHARES[name])
  return { within: rounds.length - missed.length, beyond: missed.length - stolen.length }
}

function missText(rounds: readonly Round[], name: Figure): string {
  const figures = rounds.map(round => `${round.figures[name]} (${(round.stolenShare * 100).toFixed(1)} % stolen)`)
  return `receive → client ${name} ${figures.join(', ')} ms in its rounds, limit ${LIMITS_MS[name]} ms`
}
