// Whether the frames of a product still have the fields that the venue documents. One frame of each class is looked at every ten
// seconds, after it was published: a field that is not known, or a time or id that no longer changes, is reported once. One per
// product, for all its connections.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/frame-class'
import { readFields } from '@tradelane/venues/frame-fields'
import type { Product } from '@tradelane/venues/venue'
import { type ChangeReport, reportVenueChange } from '../host/venue-change.js'
import { FIELD_LOOK_US } from '../limits.js'

/** A longer one is left out: it is a snapshot, and takes the time of many trades. */
const FRAME_BYTES_MAX = 8 * 1024
/** Frames in a row with the same value. */
const EQUAL_MAX = 6
/** Unknown fields that are remembered, for each class. A venue that invents one per frame is reported so often, no more. */
const UNKNOWN_MAX = 50

interface ChangingField {
  value: unknown
  /** Since it last changed. */
  equalCount: number
  /** A field that never changed is none that stands still now. */
  hasChanged: boolean
}

const CLASS_NAMES = new Map(Object.entries(FrameClass).map(([name, frameClass]) => [frameClass, name]))

export class FieldWatch {
  readonly #product: Pick<Product, 'id' | 'frameFields'>
  readonly #report: ChangeReport
  /** By class: no frame is looked at before. */
  readonly #dueUs = new Float64Array(CLASS_NAMES.size)
  readonly #unknown = new Map<FrameClass, Set<string>>()
  readonly #changing = new Map<FrameClass, Map<string, ChangingField>>()

  constructor(product: Pick<Product, 'id' | 'frameFields'>, report: ChangeReport) {
    this.#product = product
    this.#report = report
  }

  /** After the frame was published. */
  onFrame(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): void {
    if (receivedUs < this.#dueUs[frameClass]! || frame.length > FRAME_BYTES_MAX) return
    this.#dueUs[frameClass] = receivedUs + FIELD_LOOK_US
    this.#look(frame, frameClass)
  }

  #look(frame: Buffer, frameClass: FrameClass): void {
    const fields = this.#product.frameFields[frameClass]
    const found = readFields(frame)
    if (fields === undefined || found === undefined) return
    for (const [path, value] of found) {
      if (!fields.known.has(path)) this.#sawUnknown(path, frameClass)
      else if (fields.changing.has(path)) this.#sawChanging(path, value, frameClass)
    }
  }

  #sawUnknown(path: string, frameClass: FrameClass): void {
    const seen = of(this.#unknown, frameClass, () => new Set<string>())
    if (seen.has(path) || seen.size >= UNKNOWN_MAX) return
    seen.add(path)
    this.#changed(path, frameClass, 'it sends a field that is not known')
  }

  #sawChanging(path: string, value: unknown, frameClass: FrameClass): void {
    const ofClass = of(this.#changing, frameClass, () => new Map<string, ChangingField>())
    const field = of(ofClass, path, () => ({ value: undefined, equalCount: 0, hasChanged: false }))
    if (field.value === value) field.equalCount += 1
    else {
      field.hasChanged = field.value !== undefined
      field.value = value
      field.equalCount = 0
    }
    if (field.hasChanged && field.equalCount === EQUAL_MAX) {
      this.#changed(path, frameClass, 'a field stands still that changed with every frame')
    }
  }

  #changed(path: string, frameClass: FrameClass, what: string): void {
    // The name comes from the venue: no longer than any that it has.
    const subject = `${this.#product.id} ${CLASS_NAMES.get(frameClass)} ${path.slice(0, 80)}`
    reportVenueChange(this.#report, subject, what)
  }
}

function of<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
