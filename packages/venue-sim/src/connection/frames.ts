// WebSocket text frames, built once and written to many sockets: one write per socket and round is several times cheaper than
// one ws.send per frame. Most texts are ASCII; names of instruments may be of other scripts.
import assert from 'node:assert/strict'

const DIGITS_OF_LOW_HALF = 7
const LOW_HALF = 10 ** DIGITS_OF_LOW_HALF
const ZERO = 48

/** A complete unmasked frame (FIN, text). */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = 0x81
  if (length < 126) {
    frame[1] = length
  } else if (length < 65_536) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  frame.write(text, headerBytes, length === text.length ? 'latin1' : 'utf8')
  return frame
}

/** JSON text in ASCII only, for answers that repeat what a client sent. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The text for some numbers, given in a fixed order. */
type NumberedText = (numbers: readonly number[]) => string

/** A frame that is sent many times with other numbers: ids and times replace the old ones, which have as many digits. */
export class NumberedFrame {
  readonly #frame: Buffer
  /** Offset and digit count of each place, by number. */
  readonly #places: readonly (readonly [offset: number, width: number])[][]

  /** `examples` have as many digits as the numbers that will come. */
  constructor(textOf: NumberedText, examples: readonly number[]) {
    // Each number is marked by a run of one digit, which no price or amount is.
    const marks = examples.map((example, index) => String(index + 1).repeat(digitCount(example)))
    this.#frame = textFrame(textOf(marks.map(Number)))
    this.#places = marks.map(mark =>
      placesIn(this.#frame, mark).map((offset): [number, number] => [offset, mark.length]),
    )
  }

  /** Valid until the next call: copy it. */
  with(numbers: readonly number[]): Buffer {
    let rest = 0
    for (let index = 0; index < numbers.length; index += 1) {
      for (const [offset, width] of this.#places[index]!)
        rest += writeDigits(this.#frame, offset, width, numbers[index]!)
    }
    assert(rest === 0, 'a number has no more digits than its place')
    return this.#frame
  }
}

export function digitCount(value: number): number {
  let count = 1
  for (let limit = 10; limit <= value; limit *= 10) count += 1
  return count
}

function placesIn(frame: Buffer, mark: string): number[] {
  const offsets: number[] = []
  for (let at = frame.indexOf(mark); at !== -1; at = frame.indexOf(mark, at + mark.length)) offsets.push(at)
  return offsets
}

/** In two halves, because only small integers divide fast. Returns what did not fit. */
function writeDigits(frame: Buffer, offset: number, width: number, value: number): number {
  const high = Math.floor(value / LOW_HALF)
  const lowStart = Math.max(offset, offset + width - DIGITS_OF_LOW_HALF)
  writeSmall(frame, lowStart, offset + width, value - high * LOW_HALF)
  return writeSmall(frame, offset, lowStart, high)
}

function writeSmall(frame: Buffer, start: number, end: number, value: number): number {
  let rest = value
  for (let at = end - 1; at >= start; at -= 1) {
    const tens = (rest / 10) | 0
    frame[at] = ZERO + rest - tens * 10
    rest = tens
  }
  return rest
}
