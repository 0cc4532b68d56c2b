// How many descriptors (files and sockets) this process has open, how many it may have, and spare ones that keep places free.

import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { devNull } from 'node:os'

const FOLDERS = ['/proc/self/fd', '/dev/fd']
const LIMITS = '/proc/self/limits'
/** The soft limit, a number or `unlimited`. */
const OPEN_FILES = /^Max open files +(\w+)/m

export class OpenDescriptors {
  /** Infinite where the system has no limit. */
  readonly max: number
  readonly #folder: string | undefined

  constructor() {
    this.max = limitOfOpenFiles()
    this.#folder = FOLDERS.find(existsSync)
  }

  /** 0 where the system does not tell. */
  count(): number {
    if (this.#folder === undefined) return 0
    // Linux from 6.2 on, in microseconds; before, the size is 0.
    const { size } = statSync(this.#folder)
    return size > 0 && this.#folder === FOLDERS[0] ? size : this.#countEntries(this.#folder)
  }

  #countEntries(folder: string): number {
    try {
      // Without the one that reads the folder.
      return readdirSync(folder).length - 1
    } catch {
      // None is left to read it with.
      return this.max
    }
  }
}

/** Linux tells in microseconds. The report tells everywhere, but takes tens of milliseconds: it looks at the whole machine. */
function limitOfOpenFiles(): number {
  const soft = existsSync(LIMITS)
    ? OPEN_FILES.exec(readFileSync(LIMITS, 'latin1'))?.[1]
    : (process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }).userLimits?.open_files?.soft
  const limit = Number(soft)
  return Number.isFinite(limit) ? limit : Number.POSITIVE_INFINITY
}

/** Open descriptors of no use but this: closing them lets other parts of the process open as many. */
export class SpareDescriptors {
  readonly #open: number[] = []

  get count(): number {
    return this.#open.length
  }

  /** False: there are not so many left, and none is taken. */
  take(count: number): boolean {
    try {
      while (this.#open.length < count) this.#open.push(openSync(devNull, 'r'))
      return true
    } catch {
      this.release()
      return false
    }
  }

  release(): void {
    for (const descriptor of this.#open.splice(0)) closeSync(descriptor)
  }
}
