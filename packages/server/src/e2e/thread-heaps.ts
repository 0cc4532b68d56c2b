// The heap of every thread of a running program after a collection that is forced there. Each thread of ours looks at its heap
// once a second; a module that Node loads first into every thread has it collected before that look, when asked to. Not by
// the inspector: an L2 worker never returns to the event loop that would answer it. Used by the end-to-end tests only.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from './program.js'

/** Every thread looks once a second; a busy machine makes it late. All have looked when no other came for so long. */
const QUIET_MS = 2_500
const ROUND_MS = 100

export class ThreadHeaps {
  readonly #folder: string
  readonly #module: string

  /** The folder is this object's own, and its owner removes it. */
  constructor(folder: string) {
    this.#folder = join(folder, 'heaps')
    this.#module = join(folder, 'collect.cjs')
    writeFileSync(this.#module, moduleText(this.#folder))
  }

  get nodeArgs(): readonly string[] {
    return ['--expose-gc', '--require', this.#module]
  }

  /** Bytes in use by thread: `thread 0` is the main one. */
  async read(): Promise<ReadonlyMap<string, number>> {
    mkdirSync(this.#folder)
    let names: readonly string[] = []
    for (let quietMs = 0; quietMs < QUIET_MS || names.length === 0; quietMs += ROUND_MS) {
      await sleep(ROUND_MS)
      const seen = readdirSync(this.#folder).sort()
      if (seen.length > names.length) quietMs = 0
      names = seen
    }
    const used = names.map(name => [name, Number(readFileSync(join(this.#folder, name), 'utf8'))] as const)
    rmSync(this.#folder, { recursive: true })
    return new Map(used)
  }
}

/** While the folder stands each look collects twice, for finalizers let go of things only then, and leaves its figure there. */
function moduleText(folder: string): string {
  return `
    const { existsSync, writeFileSync } = require('node:fs')
    const v8 = require('node:v8')
    const { isMainThread, threadId } = require('node:worker_threads')
    const folder = ${JSON.stringify(folder)}
    const look = v8.getHeapStatistics
    v8.getHeapStatistics = () => {
      if (!existsSync(folder)) return look()
      gc()
      gc()
      const found = look()
      try {
        writeFileSync(folder + '/thread ' + threadId, String(found.used_heap_size))
      } catch {
        // The folder was removed meanwhile: nobody asks any more.
      }
      return found
    }
    require('node:module').syncBuiltinESMExports()
    if (isMainThread) setInterval(() => v8.getHeapStatistics(), 1_000).unref()
  `
}
