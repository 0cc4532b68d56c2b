// The file of a recording: lines in the order they came, compressed on the way when its name ends in `.gz`, bounded in bytes.
// The venues do not wait: where the disk is too slow for them the recording ends, for one with holes would be worthless.

import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip, type Gzip } from 'node:zlib'

const UNWRITTEN_BYTES_MAX = 256 * 1024 * 1024

export interface CaptureWriterOptions {
  readonly path: string
  /** The size at which the file is full. Compressed bytes are counted as they reach the file, so it may pass it a little. */
  readonly bytesMax: number
  /** Once: the file is full (null), or cannot be written on. Nothing more is taken. */
  readonly onEnd: (error: Error | null) => void
}

export class CaptureWriter {
  readonly #options: CaptureWriterOptions
  readonly #file: WriteStream
  readonly #gzip: Gzip | null
  lineCount = 0
  #plainBytes = 0
  #hasEnded = false

  /** Refuses to overwrite: `onEnd` gets EEXIST. */
  constructor(options: CaptureWriterOptions) {
    this.#options = options
    this.#file = createWriteStream(options.path, { flags: 'wx' })
    this.#gzip = options.path.endsWith('.gz') ? createGzip() : null
    this.#gzip?.pipe(this.#file)
    this.#file.on('error', error => this.#end(error))
  }

  /** Bytes on their way to the file or in it. */
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
    if (target.writableLength > UNWRITTEN_BYTES_MAX) this.#end(new Error('the file is written slower than frames come'))
    else if (this.fileBytes >= this.#options.bytesMax) this.#end(null)
  }

  /** Resolves when everything is in the file; rejects when that failed. */
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
