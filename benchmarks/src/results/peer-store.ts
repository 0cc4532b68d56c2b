// The runs of `--peers` so far, in a file: a comparison takes long, so it goes on where it ended. A run that has its outcome is
// not repeated; one of another seed or other rounds does not belong to it.

import { readFile, writeFile } from 'node:fs/promises'
import type { RunRecord } from './run-record.js'

interface Stored {
  readonly seed: number
  readonly records: readonly RunRecord[]
}

export type RunKey = Pick<RunRecord, 'scenario' | 'variant' | 'round'>

export class PeerStore {
  readonly #file: string
  readonly #seed: number
  #records: readonly RunRecord[]

  private constructor(file: string, { seed, records }: Stored) {
    this.#file = file
    this.#seed = seed
    this.#records = records
  }

  /** Begins with nothing where the file is absent, is of another seed, or `isFresh`. */
  static async open(file: string, seed: number, isFresh = false): Promise<PeerStore> {
    const stored = isFresh ? null : await read(file)
    return new PeerStore(file, stored?.seed === seed ? stored : { seed, records: [] })
  }

  get records(): readonly RunRecord[] {
    return this.#records
  }

  /** It has figures, or its server did something wrong: a run that the machine spoiled, or that broke, is repeated. */
  isDone(run: RunKey): boolean {
    return this.#records.some(
      record => isOf(record, run) && (record.outcome.kind === 'figures' || record.outcome.by === 'server'),
    )
  }

  /** Replaces what there was of the same run. */
  async add(run: RunKey, records: readonly RunRecord[]): Promise<void> {
    this.#records = [...this.#records.filter(record => !isOf(record, run)), ...records]
    await writeFile(this.#file, `${JSON.stringify({ seed: this.#seed, records: this.#records } satisfies Stored)}\n`)
  }
}

function isOf(record: RunRecord, { scenario, variant, round }: RunKey): boolean {
  return record.scenario === scenario && record.variant === variant && record.round === round
}

async function read(file: string): Promise<Stored | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Stored
  } catch {
    return null
  }
}
