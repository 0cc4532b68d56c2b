// The heap of every thread of a running program after a collection that is forced there. Each thread of ours looks at its heap
// once a second; a module that Node loads first into every thread has it collected before that look, when asked to. Not by
// the inspector: an L2 worker never returns to the event loop that would answer it. Used by the end-to-end tests only.

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from './program.js'

/** Every thread looks once a second; a busy machine makes it late. */
const LOOKS_MS_MAX = 20_000
const ROUND_MS = 50

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

  /** Bytes in use by thread, once so many have looked: `thread 0` is the main one. */
  async read(threadCount: number): Promise<ReadonlyMap<string, number>> {
    mkdirSync(this.#folder)
    const deadlineMs = performance.now() + LOOKS_MS_MAX
    let names: readonly string[] = []
    while (names.length < threadCount) {
      assert.ok(performance.now() < deadlineMs, `only ${names.join(', ')} looked at their heaps`)
      await sleep(ROUND_MS)
      names = readdirSync(this.#folder)
        .filter(name => name.startsWith('thread'))
        .sort()
    }
    const used = names.map(name => [name, Number(readFileSync(join(this.#folder, name), 'utf8'))] as const)
    // A thread that looks again at this moment would fill the folder while it is emptied; it does not know the other name.
    const readFolder = `${this.#folder} read`
    renameSync(this.#folder, readFolder)
    rmSync(readFolder, { recursive: true })
    return new Map(used)
  }
}

/** While the folder exists each look collects twice, because finalizers release things only then, and leaves its figure there. */
function moduleText(folder: string): string {
  return `
    const { existsSync, renameSync, writeFileSync } = require('node:fs')
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
        writeFileSync(folder + '/new ' + threadId, String(found.used_heap_size))
        renameSync(folder + '/new ' + threadId, folder + '/thread ' + threadId)
      } catch {
        // The folder was removed meanwhile: the figure is no longer wanted.
      }
      return found
    }
    require('node:module').syncBuiltinESMExports()
    if (isMainThread) setInterval(() => v8.getHeapStatistics(), 1_000).unref()
  `
}
