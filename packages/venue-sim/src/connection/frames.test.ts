import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digitCount, NumberedFrame, textFrame } from './frames.js'

const textOf = ([ms, first, last]: readonly number[]): string =>
  `{"E":${ms},"T":${ms},"U":${first},"u":${last},"b":[["86723.40","0.194"],["111.1","22"]]}`

test('a frame with other numbers is the frame of the text with those numbers', () => {
  const digits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 10 ** (count - 1), max: 10 ** count - 1 })
  const frame = new NumberedFrame(textOf, [1_764_110_000_000, 11_493_080_425_283, 173_678_160])
  fc.assert(
    fc.property(digits(13), digits(14), digits(9), (...numbers) => {
      assert.deepEqual(frame.with(numbers), textFrame(textOf(numbers)))
    }),
  )
})

test('texts are UTF-8, and numbers are found behind names of other scripts', () => {
  const named = (numbers: readonly number[]): string => textOf(numbers).replace('"E"', '"s":"币安人生USDT","E"')
  const text = named([1_764_110_000_000, 1, 2])
  const frame = textFrame(text)
  assert.equal(frame.subarray(-Buffer.byteLength(text)).toString(), text)
  assert.deepEqual([frame[1], frame.length], [Buffer.byteLength(text), 2 + Buffer.byteLength(text)])
  const numbers = [1_764_110_000_001, 21_493_080_425_283, 273_678_160]
  const numbered = new NumberedFrame(named, [1_764_110_000_000, 11_493_080_425_283, 173_678_160])
  assert.deepEqual(numbered.with(numbers), textFrame(named(numbers)))
})

test('the digit count of a number is the length of its text', () => {
  for (const value of [0, 9, 10, 99, 100, 9_999_999, 10_000_000, 11_493_080_425_283]) {
    assert.equal(digitCount(value), String(value).length)
  }
})

test('a number with more digits than its place is refused', () => {
  const frame = new NumberedFrame(textOf, [1_764_110_000_000, 11_493_080_425_283, 173_678_160])
  assert.throws(
    () => frame.with([1_764_110_000_000, 11_493_080_425_283, 1_000_000_000]),
    /no more digits than its place/,
  )
})
