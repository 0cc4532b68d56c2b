// Everything that happened in a run, in order: what the venues sent, what each client received, faults, log lines. Keeps a
// digest; the text goes to a file where one is named, so that two runs can be compared.

import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'

const BLOCK_BYTES = 1 << 18
const HEAD_BYTES_MAX = 128

export class RunJournal {
  entryCount = 0
  byteCount = 0
  readonly #hash = createHash('sha256')
  readonly #block = Buffer.alloc(BLOCK_BYTES)
  readonly #file: number | undefined
  #used = 0
  /** By length the last frame, and the entry with its bytes: clients get the same frames in the same memory. */
  readonly #frames = new Map<number, { readonly frame: Uint8Array; readonly entry: number }>()

  constructor(path: string | undefined) {
    this.#file = path === undefined ? undefined : openSync(path, 'w')
  }

  /** `who`: short, ASCII. */
  note(atUs: number, who: string, what: Uint8Array | string): void {
    const length = typeof what === 'string' ? Buffer.byteLength(what) : what.length
    if (this.#used + HEAD_BYTES_MAX + length > BLOCK_BYTES) this.#flush()
    this.#used += this.#block.write(`${atUs} ${who} ${length} `, this.#used, 'latin1')
    if (this.#used + length + 1 > BLOCK_BYTES) {
      this.#flush()
      this.#take(typeof what === 'string' ? Buffer.from(what) : what)
    } else if (typeof what === 'string') this.#used += this.#block.write(what, this.#used)
    else {
      this.#block.set(what, this.#used)
      this.#used += length
    }
    this.#block[this.#used] = 0x0a
    this.#used += 1
    this.entryCount += 1
  }

  /** What a client received, in memory that is not written again; of bytes that another client received, the number of that entry. */
  noteFrame(atUs: number, who: string, frame: Uint8Array): void {
    const known = this.#frames.get(frame.length)
    if (known?.frame === frame) {
      this.note(atUs, who, `=${known.entry}`)
      return
    }
    this.#frames.set(frame.length, { frame, entry: this.entryCount })
    this.note(atUs, who, frame)
  }

  /** Ends the journal. */
  digest(): string {
    this.#flush()
    if (this.#file !== undefined) closeSync(this.#file)
    return this.#hash.digest('hex')
  }

  #flush(): void {
    this.#take(this.#block.subarray(0, this.#used))
    this.#used = 0
  }

  #take(bytes: Uint8Array): void {
    this.byteCount += bytes.length
    this.#hash.update(bytes)
    if (this.#file !== undefined) writeSync(this.#file, bytes)
  }
}
