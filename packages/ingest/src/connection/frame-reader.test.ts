import assert from 'node:assert/strict'
import type { Writable } from 'node:stream'
import { test } from 'node:test'
import * as library from 'ws'
import { FRAME_BYTES_MAX } from '../limits.js'
import { FrameReader } from './frame-reader.js'

/** The library's own reader, which its typings leave out. */
type LibraryReader = new (options: { maxPayload: number; skipUTF8Validation: boolean }) => Writable
const { Receiver } = library as unknown as { Receiver: LibraryReader }

/** What a reader delivers, in order. */
function libraryReader(log: string[]): Writable {
  const reader = new Receiver({ maxPayload: FRAME_BYTES_MAX, skipUTF8Validation: true })
  const bytesOf = (bytes: Buffer): string => `${bytes.length} ${bytes.toString('hex', 0, 40)}`
  reader.on('message', (bytes: Buffer, isBinary: boolean) =>
    log.push(`${isBinary ? 'binary' : 'text'} ${bytesOf(bytes)}`),
  )
  reader.on('ping', (bytes: Buffer) => log.push(`ping ${bytesOf(bytes)}`))
  reader.on('pong', (bytes: Buffer) => log.push(`pong ${bytesOf(bytes)}`))
  reader.on('conclude', (code: number, reason: Buffer) => log.push(`close ${code} ${bytesOf(reason)}`))
  reader.on('error', error => log.push(`error ${error.message}`))
  return reader
}

async function byLibrary(chunks: readonly Buffer[]): Promise<string[]> {
  const log: string[] = []
  const reader = libraryReader(log)
  for (const chunk of chunks) if (!reader.destroyed && !isOver(log)) reader.write(Buffer.from(chunk))
  await new Promise(setImmediate)
  return log
}

async function byReader(chunks: readonly Buffer[]): Promise<string[]> {
  const log: string[] = []
  const receiver = libraryReader(log)
  const reader = new FrameReader({
    onText: bytes => log.push(`text ${bytes.length} ${bytes.toString('hex', 0, 40)}`),
    onOther: bytes => receiver.write(bytes),
  })
  receiver.on('error', () => reader.stop())
  // One buffer for all reads, as a socket has it.
  const buffer = Buffer.alloc(chunks.reduce((most, { length }) => Math.max(most, length), 0))
  for (const chunk of chunks) {
    chunk.copy(buffer)
    reader.read(buffer, chunk.length)
    buffer.fill(0xee)
  }
  await new Promise(setImmediate)
  return log
}

function isOver(log: readonly string[]): boolean {
  return /^(error|close)/.test(log.at(-1) ?? '')
}

function frame(first: number, payload: Buffer, { isMasked = false, claimed = payload.length } = {}): Buffer {
  const mask = isMasked ? 0x80 : 0
  if (claimed < 126) return Buffer.concat([Buffer.from([first, mask | claimed]), payload])
  const header = Buffer.alloc(claimed < 65_536 ? 4 : 10)
  header[0] = first
  header[1] = mask | (claimed < 65_536 ? 126 : 127)
  if (claimed < 65_536) header.writeUInt16BE(claimed, 2)
  else header.writeBigUInt64BE(BigInt(claimed), 2)
  return Buffer.concat([header, payload])
}

/** xorshift32. */
function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const FIRST_BYTES = [0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x01, 0x00, 0x80, 0x80, 0x82, 0x02, 0x89, 0x8a, 0x89]
const LENGTHS = [0, 1, 2, 3, 100, 124, 125, 126, 127, 128, 511, 512, 513, 5_000, 65_535, 65_536, 70_000]

function someFrames(below: (limit: number) => number): Buffer {
  const frames: Buffer[] = []
  for (let count = 1 + below(12); count > 0; count -= 1) {
    const isOdd = below(25) === 0
    const first = isOdd ? below(256) : FIRST_BYTES[below(FIRST_BYTES.length)]!
    const isControl = (first & 0x08) !== 0
    const length = isControl && !isOdd ? below(126) : (LENGTHS[below(LENGTHS.length)] ?? 0)
    const payload = Buffer.alloc(length, 1 + below(250))
    const claimed = below(60) === 0 ? FRAME_BYTES_MAX + below(3) : length
    frames.push(frame(first, payload, { isMasked: below(80) === 0, claimed }))
  }
  return Buffer.concat(frames)
}

function inChunks(bytes: Buffer, below: (limit: number) => number): Buffer[] {
  const most = [1, 3, 20, 1_500, 70_000][below(5)]!
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + below(bytes.length > 20_000 ? Math.max(most, 400) : most))
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return chunks
}

test('it reads what the library reads, whatever comes and however it is cut', async () => {
  let texts = 0
  let ends = 0
  for (let seed = 1; seed <= 600; seed += 1) {
    const below = random(seed * 7_919)
    const chunks = inChunks(someFrames(below), below)
    const expected = await byLibrary(chunks)
    assert.deepEqual(await byReader(chunks), expected, `seed ${seed}`)
    texts += expected.filter(line => line.startsWith('text')).length
    if (isOver(expected)) ends += 1
  }
  assert.ok(texts > 500 && ends > 100, `${texts} texts, ${ends} ends: the cases are not what they should be`)
})

test('control frames between fragments, and the bound of all fragments together, are as with the library', async () => {
  const part = Buffer.alloc(FRAME_BYTES_MAX / 2, 'a')
  const ping = frame(0x89, Buffer.from('1790000000123'))
  const whole = [frame(0x01, part), ping, frame(0x80, part), frame(0x81, Buffer.from('next'))]
  const tooLong = [
    frame(0x01, part),
    ping,
    frame(0x00, part),
    frame(0x80, Buffer.from('x')),
    frame(0x81, Buffer.from('no')),
  ]
  for (const frames of [whole, tooLong]) {
    const chunks = inChunks(Buffer.concat(frames), limit => limit - 1)
    const expected = await byLibrary(chunks)
    assert.deepEqual(await byReader(chunks), expected)
  }
  assert.deepEqual(
    (await byReader(whole)).map(line => line.split(' ')[0]),
    ['ping', 'text', 'text'],
  )
  assert.match((await byReader(tooLong)).at(-1)!, /Max payload size exceeded/)
})

test('the longest frame is read in parts; a longer one is refused by its header', async () => {
  const longest = frame(0x81, Buffer.alloc(FRAME_BYTES_MAX, 'x'))
  assert.deepEqual(await byReader(inChunks(longest, limit => limit - 1)), await byLibrary([longest]))
  const header = frame(0x81, Buffer.alloc(0), { claimed: FRAME_BYTES_MAX + 1 })
  assert.match((await byReader([header]))[0]!, /Max payload size exceeded/)
})

test('nothing is read after a Close frame', async () => {
  const chunks = [Buffer.concat([frame(0x88, Buffer.from([0x03, 0xf4])), frame(0x81, Buffer.from('late'))])]
  assert.deepEqual(await byReader(chunks), ['close 1012 0 '])
})
