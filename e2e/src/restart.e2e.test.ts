// Item 11 of the checklist and the orderly end: SIGTERM sends Close frames, the process ends with 0 in time and leaves
// nothing behind, and a client that reconnects as the terminals do has trades within 3 s of the next process being ready.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import WebSocket from 'ws'
import { startDemo } from './demo-process.js'
import { sleep } from './program.js'
import { serveOn, startVenues } from './venues.js'

/** As the terminals do it. */
const RECONNECT_MS = 2_000

test('SIGTERM closes every client with 1001 and ends with code 0 in under 5 s; the next process serves who reconnects', {
  timeout: 120_000,
}, async () => {
  const demo = await startDemo({ scenario: 'quiet' })
  const sockets = Array.from({ length: 5 }, () => new WebSocket(demo.url, { perMessageDeflate: false }))
  const codes = sockets.map(
    socket => new Promise<number>(resolve => socket.once('close', (code: number) => resolve(code))),
  )
  await Promise.all(sockets.map(socket => new Promise(resolve => socket.once('message', resolve))))
  const simAlive = await fetch(`${demo.simUrl}/control/stats`).then(response => response.ok)
  assert.ok(simAlive)
  const stopped = await demo.stop('SIGTERM')
  assert.equal(stopped.code, 0, demo.output())
  assert.ok(stopped.ms < 5_000, `took ${stopped.ms} ms`)
  assert.deepEqual(await Promise.all(codes), [1001, 1001, 1001, 1001, 1001])
  await assert.rejects(fetch(`${demo.simUrl}/control/stats`), 'the simulator is gone too')
  await assertServesAgain(Number(new URL(demo.url).port))
})

async function assertServesAgain(port: number): Promise<void> {
  const venues = await startVenues({ scenario: 'quiet' })
  const restarted = serveOn(venues, { port })
  let readyMs = Number.POSITIVE_INFINITY
  restarted.then(
    () => {
      readyMs = performance.now()
    },
    () => {
      readyMs = Number.NEGATIVE_INFINITY
    },
  )
  try {
    while (!(await tradeWithin(`ws://127.0.0.1:${port}`, RECONNECT_MS))) {
      // How long a start takes depends on the machine.
      assert.ok(performance.now() - readyMs < RECONNECT_MS + 1_000, 'served within 3 s of being ready')
      await sleep(100)
    }
  } finally {
    await (await restarted).program.stop()
    await venues.close()
  }
}

async function tradeWithin(url: string, ms: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    const finish = (hasTrade: boolean): void => {
      clearTimeout(timer)
      socket.terminate()
      resolve(hasTrade)
    }
    const timer = setTimeout(() => finish(false), ms)
    socket.on('error', () => finish(false))
    socket.on('message', (raw: Buffer) => {
      if (raw.includes('"kind":"trade"')) finish(true)
    })
  })
}
