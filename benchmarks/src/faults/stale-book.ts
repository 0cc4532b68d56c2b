// Once in a while a book goes out with the sequence of now and the levels of its emission before.

import { BookSide } from '@tradelane/l2-worker/book'

const EMISSIONS_BETWEEN = 20
const SIDES = 2

const { copyTop } = BookSide.prototype
const before = new WeakMap<BookSide, readonly string[]>()
let sideCount = 0

BookSide.prototype.copyTop = function (this: BookSide, levelCount, into): void {
  copyTop.call(this, levelCount, into)
  const now = [...into]
  const stale = before.get(this)
  const isStale = Math.floor(sideCount / SIDES) % EMISSIONS_BETWEEN === EMISSIONS_BETWEEN - 1
  sideCount += 1
  if (isStale && stale !== undefined) into.splice(0, into.length, ...stale)
  before.set(this, now)
}
