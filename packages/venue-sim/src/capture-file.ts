// Reads a capture: one JSON object a line with receive time, venue, direction and the text exactly as the venue sent it;
// gzip by its file name. Lines keep their order; a line without a time has that of the line before it.
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { CapturedFrame, Dialect } from './dialect.js'
import { dialectsOfCapture } from './dialects.js'

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
  /** Whom it is about: a symbol, or a list of instruments that the venue names; empty for all. */
  readonly subject: string
  readonly body: string
}

export interface Capture {
  readonly file: string
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

const unzip = promisify(gunzip)

export async function readCapture(file: string): Promise<Capture> {
  const bytes = await readFile(file)
  const text = (file.endsWith('.gz') ? await unzip(bytes) : bytes).toString()
  const lines: CaptureLine[] = []
  const answers: CaptureAnswer[] = []
  let ms = 0
  for (const [index, lineText] of text.split('\n').entries()) {
    if (lineText.trim() === '') continue
    const line = parseLine(file, index + 1, lineText)
    const dialects = dialectsOfCapture(line.venue)
    if (dialects.length === 0)
      throw new Error(`capture ${file}: venue ${line.venue} is not one that the simulator speaks`)
    ms = line.t ?? ms
    if (line.dir === 'rest') {
      const url = new URL(line.path ?? '/', 'http://localhost')
      const subject = ['symbol', 'instId', 'instType'].map(name => url.searchParams.get(name)).find(Boolean) ?? ''
      for (const dialect of dialects) {
        if (dialect.takesCapturedAnswer?.(url) ?? true) {
          answers.push({ dialect, ms, path: url.pathname, subject, body: line.raw })
        }
      }
      continue
    }
    for (const dialect of dialects) {
      const frame = dialect.readCapture(line.raw)
      if (frame) lines.push({ dialect, ms, frame })
    }
  }
  return { file, lines, answers }
}

function parseLine(file: string, lineNumber: number, text: string): RawLine {
  try {
    const line = JSON.parse(text)
    if (typeof line.venue === 'string' && typeof line.raw === 'string' && typeof line.dir === 'string') return line
  } catch {
    // Named below, with its place.
  }
  throw new Error(`capture ${file}, line ${lineNumber}: not a captured frame`)
}
