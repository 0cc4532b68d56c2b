// The port of the naive socket: that of the process before, so that a page that is open finds it again.

import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { THREADS_MAX } from '@tradelane/shared/thread/control-layout'
import { createLanes } from '../lanes.js'
import { readSettings } from '../settings.js'
import { topologyOf } from '../topology.js'
import { NaiveSocket } from './naive-socket.js'
import type { NaiveStart } from './naive-start.js'

const HOST = '127.0.0.1'

test('it takes the port that it is given, and a free one where another program has that', async t => {
  const [taken, free] = [await listening(), await listening()]
  const freePort = portOf(free)
  await new Promise(resolve => free.close(resolve))
  t.after(() => taken.close())
  assert.equal(await portWith(t, { port: freePort, isPortKnown: false }), freePort)
  const other = await portWith(t, { port: portOf(taken), isPortKnown: false })
  assert.ok(other > 0 && other !== portOf(taken))
})

/** Where it listens. */
async function portWith(
  t: { after(stop: () => Promise<void>): void },
  wanted: Pick<NaiveStart, 'port' | 'isPortKnown'>,
): Promise<number> {
  const start = { ...startOnLanes(), ...wanted }
  return await new Promise(resolve => {
    const socket = new NaiveSocket({ startOf: () => start, onListening: resolve })
    t.after(() => socket.stop())
  })
}

function startOnLanes(): Omit<NaiveStart, 'port' | 'isPortKnown'> {
  const { settings } = readSettings({ WS_L2_BUFFER: '1000' })
  const { control, tradeLog, stateBoard, bookBoard } = createLanes(settings, topologyOf(settings))
  const access = { tokenDigest: null, allowedOrigins: [] }
  const lanes = { control, tradeLog, stateBoard, bookBoard }
  return { ...lanes, threadIndex: THREADS_MAX - 1, host: HOST, access, certificate: null, nice: 0 }
}

async function listening(): Promise<Server> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, HOST, resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
