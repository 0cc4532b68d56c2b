// Reads a capture: one JSON object a line with receive time, venue, direction and the venue's text unchanged; compressed when
// its name ends in .gz. Lines keep their order; a line without a time has the time of the line before it.
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { CapturedFrame, Dialect } from '../dialect.js'
import { DIALECTS } from '../dialects.js'

export interface CaptureLine {
  readonly dialect: Dialect
  /** Receive time of the recorder, ms. */
  readonly ms: number
  readonly frame: CapturedFrame
}

export interface CaptureAnswer {
  readonly dialect: Dialect
  readonly ms: number
  readonly path: string
  /** A symbol, or the venue's name of an instrument list; empty where the answer concerns all instruments. */
  readonly subject: string
  readonly body: string
}

export interface Capture {
  readonly lines: readonly CaptureLine[]
  readonly answers: readonly CaptureAnswer[]
}

interface RawLine {
  readonly t: number | null
  readonly venue: string
  readonly dir: string
  readonly path?: string
  readonly raw: string
}

const SUBJECT_PARAMETERS = ['symbol', 'instId', 'instType']

const unzip = promisify(gunzip)

export async function readCapture(file: string): Promise<Capture> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`capture ${file} cannot be read (${error.code}); expected a file that \`tradelane record\` wrote`)
  })
  const text = (file.endsWith('.gz') ? await unzip(bytes) : bytes).toString()
  const lines: CaptureLine[] = []
  const answers: CaptureAnswer[] = []
  let ms = 0
  for (const [index, lineText] of text.split('\n').entries()) {
    if (lineText.trim() === '') continue
    const place = `capture ${file}, line ${index + 1}`
    const line = parseLine(place, lineText)
    const dialects = dialectsOf(place, line.venue)
    ms = line.t ?? ms
    for (const dialect of dialects) {
      if (line.dir === 'rest') {
        const answer = answerOf(dialect, line, ms)
        if (answer) answers.push(answer)
      } else {
        const frame = dialect.readCapture(line.raw)
        if (frame) lines.push({ dialect, ms, frame })
      }
    }
  }
  return { lines, answers }
}

function parseLine(place: string, text: string): RawLine {
  try {
    const line = JSON.parse(text)
    if (typeof line.venue === 'string' && typeof line.raw === 'string' && typeof line.dir === 'string') return line
  } catch {
    // The error below names the place.
  }
  throw new Error(`${place}: invalid frame; expected a JSON object with t, venue, dir and raw`)
}

/** Several where captures name the venue but not the product. */
function dialectsOf(place: string, venue: string): readonly Dialect[] {
  const dialects = DIALECTS.filter(({ product, captureVenue }) => product === venue || captureVenue === venue)
  if (dialects.length > 0) return dialects
  const known = new Set(DIALECTS.map(({ product, captureVenue }) => captureVenue ?? product))
  throw new Error(`${place}: invalid venue "${venue}"; expected one of ${[...known].join(', ')}`)
}

function answerOf(dialect: Dialect, { path = '/', raw }: RawLine, ms: number): CaptureAnswer | undefined {
  const url = new URL(path, 'http://localhost')
  if (!(dialect.takesCapturedAnswer?.(url) ?? true)) return undefined
  const subject = SUBJECT_PARAMETERS.map(name => url.searchParams.get(name)).find(Boolean) ?? ''
  return { dialect, ms, path: url.pathname, subject, body: raw }
}
