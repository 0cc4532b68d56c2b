// Where the single executable keeps what has to be files: the native addon, the entries of threads. They are unpacked once per
// user, into a private folder that is named after their content, and checked at every start: a file that was changed, added or
// removed is not loaded. Node's built-ins only: nothing else is there yet.

import { createHash, randomBytes } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'

export interface Packed {
  /** Of all files; the name of their folder. */
  readonly digest: string
  readonly files: readonly PackedFile[]
}

export interface PackedFile {
  /** Relative, with forward slashes. */
  readonly path: string
  readonly sha256: string
}

/** The message is a line for the user. */
export class UnpackError extends Error {}

const OTHERS_MODE = 0o077

/** Folders in which the private one may be made, the best first. */
export function unpackPlaces(env: Readonly<Record<string, string | undefined>>, uid: number): readonly string[] {
  const { CACHE_DIRECTORY: ofService, XDG_CACHE_HOME: ofUser, HOME: home } = env
  const places = [ofService, ofUser, home && join(home, '.cache')].filter(place => place?.startsWith('/'))
  return [...places.map(place => join(place as string, 'tradelane')), join(tmpdir(), `tradelane-${uid}`)]
}

/** The folder with all files, which are as packed. Throws `UnpackError`. */
export function unpack(
  packed: Packed,
  read: (path: string) => Uint8Array,
  places: readonly string[],
  uid: number,
): string {
  const base = firstUsable(places, uid)
  const folder = join(base, packed.digest)
  if (!exists(folder)) writeAll(packed, read, base, folder)
  checkPrivate(folder, uid)
  const found = filesIn(folder, uid)
  const expected = new Map(packed.files.map(({ path, sha256 }) => [path, sha256]))
  for (const path of found) {
    if (expected.get(path) !== digestOf(readFileSync(join(folder, path)))) throw changed(folder, path)
    expected.delete(path)
  }
  const [missing] = expected.keys()
  if (missing !== undefined) throw changed(folder, missing)
  return realpathSync(folder)
}

function firstUsable(places: readonly string[], uid: number): string {
  const reasons: string[] = []
  for (const place of places) {
    try {
      mkdirSync(dirname(place), { recursive: true })
      mkdirSync(place, { mode: 0o700, recursive: true })
    } catch (error) {
      reasons.push(`${place} (${(error as NodeJS.ErrnoException).code})`)
      continue
    }
    checkPrivate(place, uid)
    return place
  }
  throw new UnpackError(
    `no folder to unpack into: ${reasons.join(', ')}; set XDG_CACHE_HOME to one that can be written`,
  )
}

/** A start at the same moment may win; what it wrote is checked like anything else. */
function writeAll(packed: Packed, read: (path: string) => Uint8Array, base: string, folder: string): void {
  const unfinished = join(base, `unfinished-${randomBytes(8).toString('hex')}`)
  try {
    mkdirSync(unfinished, { mode: 0o700 })
    for (const { path } of packed.files) {
      mkdirSync(dirname(join(unfinished, path)), { mode: 0o700, recursive: true })
      writeFileSync(join(unfinished, path), read(path), { mode: 0o500, flag: 'wx' })
    }
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!exists(folder)) throw new UnpackError(`cannot unpack into ${base}: ${(error as Error).message}`)
  }
}

function checkPrivate(path: string, uid: number): void {
  const { uid: owner, mode } = lstatSync(path)
  const fault = !lstatSync(path).isDirectory() ? 'is no folder' : ownership(owner, mode, uid)
  if (fault !== null) throw new UnpackError(`${path} ${fault}; remove it, or set XDG_CACHE_HOME to another folder`)
}

function ownership(owner: number, mode: number, uid: number): string | null {
  if (owner !== uid) return `belongs to user ${owner}, not to ${uid}`
  return (mode & OTHERS_MODE) === 0 ? null : `can be read or written by others (mode ${(mode & 0o777).toString(8)})`
}

/** Only files and folders of this user, none a link. */
function filesIn(folder: string, uid: number): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap(entry => {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const shown = relative(folder, path).replaceAll(sep, '/')
    const { uid: owner, mode } = lstatSync(path)
    if (ownership(owner, mode, uid) !== null || !(entry.isFile() || entry.isDirectory())) throw changed(folder, shown)
    return entry.isFile() ? [shown] : []
  })
}

function changed(folder: string, path: string): UnpackError {
  return new UnpackError(`${join(folder, path)} is not as it was packed, so nothing is loaded; remove ${folder}`)
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
