// Processor time that a hypervisor gave to others while this machine had work for it, from Linux's `/proc/stat`. A trade that is due
// in such a moment is late whatever the server does.

import { readFileSync } from 'node:fs'

interface ProcessorTicks {
  /** In which a processor ran something, or waited for the hypervisor. */
  readonly wanted: number
  readonly stolen: number
}

/** The fields of the line `cpu`, see proc_stat(5). */
const FIELDS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const
const WITHOUT_WORK: readonly string[] = ['idle', 'iowait']

export class StolenTime {
  readonly #path: string
  #first: ProcessorTicks | null = null
  #last: ProcessorTicks | null = null

  constructor(path = '/proc/stat') {
    this.#path = path
  }

  start(): void {
    this.#first = readTicks(this.#path)
  }

  end(): void {
    this.#last = readTicks(this.#path)
  }

  /**
   * Of the time in which the processors had work, all of them together; 0..1. Null where the system does not report it, or its
   * counts went back, as where a processor was taken away.
   */
  get share(): number | null {
    if (this.#first === null || this.#last === null) return null
    const wanted = this.#last.wanted - this.#first.wanted
    const stolen = this.#last.stolen - this.#first.stolen
    if (stolen < 0 || wanted < stolen) return null
    return wanted === 0 ? 0 : stolen / wanted
  }
}

function readTicks(path: string): ProcessorTicks | null {
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch {
    return null
  }
  const figures = /^cpu +([\d ]+)$/m.exec(text)?.[1]?.split(' ').map(Number)
  if (figures === undefined || figures.length < FIELDS.length) return null
  let wanted = 0
  for (const [index, field] of FIELDS.entries()) if (!WITHOUT_WORK.includes(field)) wanted += figures[index] as number
  return { wanted, stolen: figures[FIELDS.indexOf('steal')] as number }
}
