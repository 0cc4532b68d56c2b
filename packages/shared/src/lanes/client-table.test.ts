import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import {
  Acknowledgement,
  ClientFormat,
  type ClientRow,
  ClientTableReader,
  ClientTableWriter,
  createClientTable,
  newClientRow,
} from './client-table.js'
import { FIGURES, ROW_BYTES, ROWS_OFFSET } from './client-table-layout.js'

const ADDRESS = Uint8Array.of(192, 0, 2, 1)

test('what a gateway writes of a client is read: address, form, every figure', () => {
  const { writer, reader } = fixture()
  const wide = Uint8Array.from({ length: 16 }, (_, index) => index)
  for (const [address, format, acknowledgement] of [
    [ADDRESS, ClientFormat.json, Acknowledgement.pong],
    [wide, ClientFormat.msgpack, Acknowledgement.message],
  ] as const) {
    const client = { ...filled(7), address, format, acknowledgement, hasAnswered: true }
    const row = writer.take()
    writer.write(row, client)
    assert.deepEqual(rowsOf(reader, 0).at(-1), client)
  }
})

test('a row of a client that left is free, and taken by the next', () => {
  const { writer, reader } = fixture({ rowsMax: 2 })
  const [first, second] = [writer.take(), writer.take()]
  assert.equal(writer.take(), -1, 'all are in use')
  for (const row of [first, second]) writer.write(row, filled(row))
  writer.free(first)
  assert.deepEqual(
    rowsOf(reader, 0).map(({ bytesSent }) => bytesSent),
    [second],
  )
  assert.equal(writer.take(), first)
})

test('gateways have their own rows', () => {
  const { table, writer, reader } = fixture({ gatewayCount: 2 })
  const other = new ClientTableWriter(table, 1)
  writer.write(writer.take(), filled(1))
  other.write(other.take(), filled(2))
  const sent = (gateway: number): number[] => rowsOf(reader, gateway).map(({ bytesSent }) => bytesSent)
  assert.deepEqual([sent(0), sent(1)], [[1], [2]])
})

test('the clients of a dead gateway are gone once its successor has started, also one whose row was half written', () => {
  const { table, writer, reader } = fixture()
  const row = writer.take()
  writer.write(row, filled(1))
  const words = new Int32Array(table)
  const word = (ROWS_OFFSET + row * ROW_BYTES) / 4
  words[word] = words[word]! | 1
  assert.deepEqual(rowsOf(reader, 0), [], 'half written')
  const successor = new ClientTableWriter(table, 0)
  assert.deepEqual(rowsOf(reader, 0), [])
  successor.write(successor.take(), filled(2))
  assert.equal(rowsOf(reader, 0).length, 1)
  assert.throws(() => writer.write(row, filled(3)), /a row of the client table has one writer/)
})

test('misuse is caught: a row that is not taken, freed twice, of another gateway; another layout', () => {
  const { table, writer } = fixture()
  assert.throws(() => writer.write(0, filled(1)), /a client has a row of its own/)
  const row = writer.take()
  writer.free(row)
  assert.throws(() => writer.free(row), /a row is freed once/)
  assert.throws(() => writer.write(writer.take(), { ...filled(1), address: new Uint8Array(5) }), /4 or 16 bytes/)
  assert.throws(() => new ClientTableWriter(table, 1), /a gateway of the client table/)
  new Int32Array(table)[1] = 99
  assert.throws(() => new ClientTableReader(table), /not a client table of this version/)
})

test('a row is never read half written', async () => {
  const { table, reader } = fixture({ rowsMax: 1 })
  const source = `
    const { workerData } = require('node:worker_threads')
    import(workerData.module).then(({ ClientTableWriter, newClientRow }) => {
      const writer = new ClientTableWriter(workerData.table, 0)
      const row = writer.take()
      const client = newClientRow()
      const words = new Int32Array(workerData.table)
      for (let value = 1; ; value += 1) {
        for (const name of workerData.figures) client[name] = value
        writer.write(row, client)
        // Between two writes the row is at rest for about as long as a read takes.
        for (let spin = 0; spin < 400; spin += 1) Atomics.load(words, 0)
      }
    })`
  const module = new URL('./client-table.js', import.meta.url).href
  const writer = new Worker(source, { eval: true, workerData: { table, module, figures: FIGURES } })
  after(() => writer.terminate())
  const untilMs = performance.now() + 2_000
  const row = newClientRow()
  const seen = new Set<number>()
  while (seen.size < 1_000 && performance.now() < untilMs) {
    if (!reader.read(0, 0, row)) continue
    const values = new Set(FIGURES.map(name => row[name]))
    assert.equal(values.size, 1, `${[...values]}`)
    seen.add(row.bytesSent)
  }
  assert.ok(seen.size > 10, `${seen.size} versions`)
})

function fixture(options: { gatewayCount?: number; rowsMax?: number } = {}) {
  const table = createClientTable({ gatewayCount: 1, rowsMax: 4, ...options })
  return { table, writer: new ClientTableWriter(table, 0), reader: new ClientTableReader(table) }
}

/** Every figure has this value. */
function filled(value: number): ClientRow {
  const row = { ...newClientRow(), address: ADDRESS }
  for (const name of FIGURES) row[name] = value
  return row
}

function rowsOf(reader: ClientTableReader, gateway: number): ClientRow[] {
  const rows: ClientRow[] = []
  for (let row = 0; row < reader.rowsMax; row += 1) {
    const into = newClientRow()
    if (reader.read(gateway, row, into)) rows.push(into)
  }
  return rows.sort((one, other) => one.bytesSent - other.bytesSent)
}
