// The file of a recording: lines in order of arrival, compressed when its name ends in `.gz`, bounded in bytes. The venues do
// not wait: where the disk is too slow the recording ends, because one with gaps would be of no use.

import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip, type Gzip } from 'node:zlib'

const UNWRITTEN_BYTES_MAX = 256 * 1024 * 1024

export interface CaptureWriterOptions {
  readonly path: string
  /** The size at which the file is full. Compressed bytes are counted as they reach it, so it may grow a little beyond. */
  readonly bytesMax: number
  /** Called once: the file is full (null), or writing failed. Later lines are ignored. */
  readonly onEnd: (error: Error | null) => void
}

export class CaptureWriter {
  readonly #options: CaptureWriterOptions
  readonly #file: WriteStream
  readonly #gzip: Gzip | null
  lineCount = 0
  #plainBytes = 0
  #hasEnded = false

  /** Never overwrites a file: `onEnd` gets EEXIST. */
  constructor(options: CaptureWriterOptions) {
    this.#options = options
    this.#file = createWriteStream(options.path, { flags: 'wx' })
    this.#gzip = options.path.endsWith('.gz') ? createGzip() : null
    this.#gzip?.pipe(this.#file)
    this.#file.on('error', error => this.#end(error))
  }

  /** Bytes in the file or about to be written to it. */
  get fileBytes(): number {
    return this.#gzip === null ? this.#plainBytes : this.#file.bytesWritten + this.#file.writableLength
  }

  write(lines: readonly string[]): void {
    if (this.#hasEnded) return
    const target = this.#gzip ?? this.#file
    for (const line of lines) {
      const text = `${line}\n`
      const bytes = Buffer.byteLength(text)
      if (this.#gzip === null && this.#plainBytes + bytes > this.#options.bytesMax) {
        this.#end(null)
        return
      }
      this.#plainBytes += bytes
      this.lineCount += 1
      target.write(text)
    }
    if (target.writableLength > UNWRITTEN_BYTES_MAX) this.#end(new Error('the disk is slower than the venues'))
    else if (this.fileBytes >= this.#options.bytesMax) this.#end(null)
  }

  /** Resolves when everything is in the file; rejects when writing failed. */
  async close(): Promise<void> {
    this.#hasEnded = true
    if (this.#file.errored) throw this.#file.errored
    ;(this.#gzip ?? this.#file).end()
    await finished(this.#file)
  }

  #end(error: Error | null): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#options.onEnd(error)
  }
}
