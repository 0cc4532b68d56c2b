// The main script of the single executable: unpacks the program and runs it from there. A file of the program as the first
// argument, after flags of the engine, is what `fork` passes to a child: then that file runs instead.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as sea from 'node:sea'
import { setFlagsFromString } from 'node:v8'
import { type Packed, UnpackError, unpack, unpackPlaces } from './unpack.js'

const MAIN = 'packages/server/dist/main.js'
const START = 'start.cjs'
const EXIT_FAILED = 1

const folder = unpacked()
if (folder !== null) run(folder)

/** Null: it has printed why not. */
function unpacked(): string | null {
  const packed = JSON.parse(sea.getAsset('packed.json', 'utf8')) as Packed
  const uid = process.getuid?.() ?? 0
  try {
    return unpack(
      packed,
      path => new Uint8Array(sea.getRawAsset(path) as ArrayBuffer),
      unpackPlaces(process.env, uid),
      uid,
    )
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error
    process.stderr.write(`tradelane: ${error.message}\n`)
    process.exitCode = EXIT_FAILED
    return null
  }
}

function run(root: string): void {
  const given = process.argv.slice(2)
  const place = given.findIndex(argument => !argument.startsWith('--'))
  const isChild = given[place]?.startsWith(`${root}/`) === true
  const [file, ...args] = isChild ? given.slice(place) : [join(root, MAIN), ...given]
  if (isChild) for (const flag of given.slice(0, place)) setFlagsFromString(flag)
  process.argv = [process.execPath, file ?? '', ...args]
  // This script itself can load built-ins only.
  const { start } = createRequire(join(root, START))(`./${START}`) as { start(file: string): Promise<void> }
  void start(file ?? '')
}
