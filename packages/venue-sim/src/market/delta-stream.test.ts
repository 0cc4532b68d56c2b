import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { Connection, Outbox } from '../connection.js'
import { Random } from '../random.js'
import { Topic } from '../topics.js'
import { BookView } from './book-view.js'
import { CYCLE_LENGTH, CyclicBook } from './cyclic-book.js'
import { DeltaStream } from './delta-stream.js'
import { instrumentSpec } from './instrument-spec.js'
import { Ladder } from './ladder.js'

const LADDER = new Ladder(instrumentSpec({ base: 'sol', quote: 'usdt' }, { SOL: [137.42, 3, 10, 1] }), '0')
const FIRST_MS = 1_764_110_000_000

test('prepared frames say what the text says at each place of the cycle, also where an id grows by a digit, to each form of connection', () => {
  const book = new CyclicBook(LADDER, new Random(1, 1), new Random(1, 2))
  const topic = new Topic('solusdt@depth', 'book')
  const textOf = (_: Topic, [ms, id]: readonly number[], bids: string, asks: string): string =>
    `{"E":${ms},"u":${id},"b":[${bids}],"a":[${asks}]}`
  const stream = new DeltaStream({ book, levelCountMax: 50, topics: [topic], textOf })
  const [plain, combined] = [listener(), listener()]
  combined.connection.isCombined = true
  combined.connection.isInMicroseconds = true
  const reference = new BookView(book, 50)
  const expected: string[] = []
  let id = 9_999_900
  // Nobody listens yet: the stream has nothing to follow.
  for (let round = 0; round < 70; round += 1) follow()
  expected.length = 0
  plain.connection.subscribe(topic)
  combined.connection.subscribe(topic)
  for (let round = 0; round < 2 * CYCLE_LENGTH; round += 1) follow()
  plain.connection.flush()
  combined.connection.flush()
  assert.deepEqual(plain.texts(), expected)
  assert.deepEqual(
    combined.texts(),
    expected.map(text => `{"stream":"solusdt@depth","data":${text.replace(/"E":\d+/, '$&000')}}`),
  )
  stream.catchUp()
  assert.deepEqual(stream.snapshot(50), reference.snapshot(50))

  function follow(): void {
    book.change()
    id += 1
    reference.update(true)
    expected.push(textOf(topic, [FIRST_MS + id, id], reference.bids, reference.asks))
    stream.follow([FIRST_MS + id, id])
    book.clearTouched()
  }
})

function listener(): { connection: Connection; texts(): string[] } {
  const stream = new PassThrough({ highWaterMark: 1 << 24 })
  const connection = new Connection('listener', { readyState: WebSocket.OPEN } as WebSocket, stream, new Outbox())
  return { connection, texts: () => textsOf(stream.read()) }
}

/** The payloads of unmasked frames of 126 to 65,535 bytes or less. */
function textsOf(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const isShort = bytes[at + 1]! < 126
    const start = at + (isShort ? 2 : 4)
    const end = start + (isShort ? bytes[at + 1]! : bytes.readUInt16BE(at + 2))
    texts.push(bytes.toString('latin1', start, end))
    at = end
  }
  return texts
}
