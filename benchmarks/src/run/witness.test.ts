import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { pythonWithWebsockets, Witness } from './witness.js'

const python = pythonWithWebsockets()
const isNeeded = process.env['REQUIRE_TOOLS'] === '1'
const skip = python !== null || isNeeded ? false : 'skipped: python3-websockets'

test('the witness joins trades with the journal by product, pair and id, and leaves out others', { skip }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-witness-'))
  const journal = join(folder, 'journal.txt')
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  await once(server, 'listening')
  const lines: string[] = []
  server.on('connection', socket => {
    const send = (kind: string, id: string): void => {
      const instrument = { base: 'btc', quote: 'usdt', kind: 'Perpetual' }
      socket.send(JSON.stringify({ exchange: 'Okx', instrument, kind, data: { id } }))
    }
    setTimeout(() => {
      const nowUs = Number(process.hrtime.bigint() / 1_000n)
      for (const [id, agoUs] of [1_000, 200_000, 50_000, 9_000_000].entries()) {
        lines.push(`T okx-swap BTC-USDT-SWAP ${id} ${nowUs - agoUs} ${nowUs} 1 1 Buy\n`)
        send('trade', String(id))
      }
      send('trade', '77')
      send('order_book_l1', '0')
    }, 300)
  })
  const { port } = server.address() as AddressInfo
  const witness = new Witness(python ?? 'python3', { url: `ws://127.0.0.1:${port}`, journal, fromMs: 0, forMs: 600 })
  await new Promise(resolve => setTimeout(resolve, 1_000))
  await writeFile(journal, lines.join(''))
  const { count, unknown, p50Us, p99Us } = await witness.figures()
  assert.deepEqual({ count, unknown }, { count: 3, unknown: 1 })
  assert.ok(p50Us >= 50_000 && p50Us < 200_000, `${p50Us}`)
  assert.ok(p99Us >= 200_000 && p99Us < 600_000, `${p99Us}`)
})
