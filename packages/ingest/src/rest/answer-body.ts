// Reads the answer of a request to its end.

import { REST_BYTES_MAX } from '../limits.js'
import type { FetchResponse } from './fetch.js'

/**
 * Never holds more than one answer may have. It ends with the signal by itself: once the head of an answer has come, Node's
 * `fetch` may lose its own connection to the signal in a garbage collection, and an answer that stops would be read for ever.
 * An answer in one piece is not copied.
 */
export async function bodyOf({ body }: Pick<FetchResponse, 'body'>, signal: AbortSignal): Promise<Buffer> {
  const reader = body?.getReader()
  const cancel = (): void => void reader?.cancel(signal.reason).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const chunk = await reader?.read()
    signal.throwIfAborted()
    if (chunk?.value === undefined) return joined(chunks, bytes)
    bytes += chunk.value.length
    if (bytes > REST_BYTES_MAX) {
      cancel()
      throw new Error(`the answer is longer than ${REST_BYTES_MAX} bytes`)
    }
    chunks.push(chunk.value)
  }
}

/** The only view of its memory, so that it can be handed to another thread. */
function joined(chunks: readonly Uint8Array[], bytes: number): Buffer {
  const [first] = chunks
  if (chunks.length === 1 && first instanceof Uint8Array && first.buffer.byteLength === bytes) {
    return Buffer.from(first.buffer as ArrayBuffer)
  }
  const whole = Buffer.from(new ArrayBuffer(bytes))
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}
