// One book in twenty goes out with its own sequence and the levels of the emission before it.

import { BookSide } from '@tradelane/l2-worker/book'

const EMISSIONS_PER_FAULT = 20
const SIDES = 2

const { copyTop } = BookSide.prototype
const previous = new WeakMap<BookSide, readonly string[]>()
let sideCount = 0

BookSide.prototype.copyTop = function (this: BookSide, levelCount, into): void {
  copyTop.call(this, levelCount, into)
  const current = [...into]
  const stale = previous.get(this)
  const isStale = Math.floor(sideCount / SIDES) % EMISSIONS_PER_FAULT === EMISSIONS_PER_FAULT - 1
  sideCount += 1
  if (isStale && stale !== undefined) into.splice(0, into.length, ...stale)
  previous.set(this, current)
}
