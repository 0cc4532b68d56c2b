// The fields of a venue's data frames, as it documents them or as it was seen to send them, by their paths: `data.E`, and
// `data[].T` for those of the objects in a list. Lists of anything else, such as levels, are one field.

import type { FrameFields } from './frame-class.js'
import { type JsonObject, parseObject } from './json-fields.js'

/** Of one frame: a venue's have some thirty. */
const FIELDS_MAX = 200
const DEPTH_MAX = 4
const MARK = '!'

/** Paths with spaces between them; a `!` follows those that change from frame to frame. */
export function frameFields(...texts: readonly string[]): FrameFields {
  const marked = texts.flatMap(text => text.split(' '))
  const changing = marked.filter(path => path.endsWith(MARK)).map(path => path.slice(0, -1))
  return { known: new Set([...marked.filter(path => !path.endsWith(MARK)), ...changing]), changing: new Set(changing) }
}

/** The same fields below a path. */
export function below(path: string, text: string): string {
  return text
    .split(' ')
    .map(field => `${path}.${field}`)
    .join(' ')
}

/** The paths of a frame and their values; of a list of objects those of the first. Undefined where it is no JSON object. */
export function readFields(frame: Buffer): ReadonlyMap<string, unknown> | undefined {
  const object = parseObject(frame)
  if (object === undefined) return undefined
  const found = new Map<string, unknown>()
  collect(object, '', 0, found)
  return found
}

function collect(object: JsonObject, prefix: string, depth: number, found: Map<string, unknown>): void {
  for (const [name, value] of Object.entries(object)) {
    if (found.size >= FIELDS_MAX) return
    const [inner, path] = Array.isArray(value) ? [value[0], `${prefix}${name}[]`] : [value, `${prefix}${name}`]
    const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    if (isObject && depth < DEPTH_MAX) collect(inner as JsonObject, `${path}.`, depth + 1, found)
    else found.set(`${prefix}${name}`, value)
  }
}
