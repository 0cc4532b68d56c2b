import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { Connection, Outbox } from '../connection/connection.js'
import { Topic } from '../connection/topics.js'
import { BookView } from './book-view.js'
import { CYCLE_LENGTH, CyclicBook } from './cyclic-book.js'
import { DeltaPublisher } from './delta-publisher.js'
import { instrumentSpec } from './instrument-spec.js'
import { Ladder } from './ladder.js'
import { Random } from './random.js'

const LADDER = new Ladder(instrumentSpec({ base: 'sol', quote: 'usdt' }, { SOL: [137.42, 3, 10, 1] }), '0')
const FIRST_MS = 1_764_110_000_000

test('prepared frames equal the text at each position of the cycle, also when an id gets one more digit, in each form', () => {
  const book = new CyclicBook(LADDER, new Random(1, 1), new Random(1, 2))
  const topic = new Topic('solusdt@depth', 'book')
  const textOf = (_: Topic, [ms, id]: readonly number[], bids: string, asks: string): string =>
    `{"E":${ms},"u":${id},"b":[${bids}],"a":[${asks}]}`
  const publisher = new DeltaPublisher({ book, levelCountMax: 50, topics: [topic], textOf })
  const [plain, combined] = [subscriber(), subscriber()]
  combined.connection.isCombined = true
  combined.connection.isInMicroseconds = true
  const reference = new BookView(book, 50)
  const expected: string[] = []
  let id = 9_999_900
  // Without subscribers no frame is prepared.
  for (let round = 0; round < 70; round += 1) change()
  expected.length = 0
  plain.connection.subscribe(topic)
  combined.connection.subscribe(topic)
  for (let round = 0; round < 2 * CYCLE_LENGTH; round += 1) change()
  plain.connection.flush()
  combined.connection.flush()
  assert.deepEqual(plain.texts(), expected)
  assert.deepEqual(
    combined.texts(),
    expected.map(text => `{"stream":"solusdt@depth","data":${text.replace(/"E":\d+/, '$&000')}}`),
  )
  publisher.catchUp()
  assert.deepEqual(publisher.snapshot(50), reference.snapshot(50))

  function change(): void {
    book.change()
    id += 1
    reference.update(true)
    expected.push(textOf(topic, [FIRST_MS + id, id], reference.bids, reference.asks))
    publisher.publish([FIRST_MS + id, id])
    book.clearTouched()
  }
})

function subscriber(): { connection: Connection; texts(): string[] } {
  const output = new PassThrough({ highWaterMark: 1 << 24 })
  const connection = new Connection('subscriber', { readyState: WebSocket.OPEN } as WebSocket, output, new Outbox())
  return { connection, texts: () => textsOf(output.read()) }
}

/** The payloads of unmasked frames of at most 65,535 bytes. */
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
