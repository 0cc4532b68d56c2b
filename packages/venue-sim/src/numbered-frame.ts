// A text frame made once and sent many times, with other numbers each time: ids and times are written over the old ones, which
// have as many digits. Sending copies it, so one frame serves every round.
import { textFrame } from './text-frame.js'

const DIGITS_OF_LOW_HALF = 7
const LOW_HALF = 10 ** DIGITS_OF_LOW_HALF
const ZERO = 48

/** The text for some numbers, given in a fixed order. */
export type NumberedText = (numbers: readonly number[]) => string

export class NumberedFrame {
  readonly #frame: Buffer
  /** Offset and digit count of each place, by number. */
  readonly #places: readonly (readonly [number, number][])[]

  /** `examples` have as many digits as the numbers that will come. */
  constructor(textOf: NumberedText, examples: readonly number[]) {
    // Every number stands for itself as a run of one digit, which no price or amount is.
    const marks = examples.map((example, index) => String(index + 1).repeat(digitCount(example)))
    const text = textOf(marks.map(Number))
    this.#frame = textFrame(text)
    const headerBytes = this.#frame.length - text.length
    this.#places = marks.map(mark =>
      placesIn(text, mark).map((offset): [number, number] => [headerBytes + offset, mark.length]),
    )
  }

  /** Valid until it is next called: copy it. */
  with(numbers: readonly number[]): Buffer {
    for (let index = 0; index < numbers.length; index += 1) {
      for (const [offset, width] of this.#places[index]!) writeDigits(this.#frame, offset, width, numbers[index]!)
    }
    return this.#frame
  }
}

export function digitCount(value: number): number {
  let count = 1
  for (let limit = 10; limit <= value; limit *= 10) count += 1
  return count
}

function placesIn(text: string, mark: string): number[] {
  const offsets: number[] = []
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) offsets.push(at)
  return offsets
}

/** In two halves, because only small integers divide fast. */
function writeDigits(frame: Buffer, offset: number, width: number, value: number): void {
  const high = Math.floor(value / LOW_HALF)
  const lowStart = Math.max(offset, offset + width - DIGITS_OF_LOW_HALF)
  writeSmall(frame, lowStart, offset + width, value - high * LOW_HALF)
  writeSmall(frame, offset, lowStart, high)
}

function writeSmall(frame: Buffer, start: number, end: number, value: number): void {
  let rest = value
  for (let at = end - 1; at >= start; at -= 1) {
    const tens = (rest / 10) | 0
    frame[at] = ZERO + rest - tens * 10
    rest = tens
  }
}
