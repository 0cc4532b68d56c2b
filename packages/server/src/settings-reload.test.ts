import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { Log, LogFields } from '@tradelane/shared/thread/log'
import { type Environment, readSettings } from './settings.js'
import { reloadOnHangup } from './settings-reload.js'

const releases: (() => void)[] = []
afterEach(() => {
  for (const release of releases.splice(0)) release()
})

test('the number of L2 workers takes effect at once; what else changed is named and waits', async () => {
  const desk = listening({ L2_WORKERS: '1' })
  desk.env = { L2_WORKERS: '3', L2_DEPTH: '7', ENDPOINT_BYBIT_LINEAR_WS: 'wss://example.org' }
  await hangup()
  assert.deepEqual(desk.asked, [3])
  assert.deepEqual(desk.lines, [
    ['info', 'SIGHUP: the settings were read again', { l2Workers: 3 }],
    ['warn', 'changed settings wait for a restart', { settings: 'L2_DEPTH, ENDPOINT_…' }],
  ])
})

test("a changed setting of a venue's own is named, too", async () => {
  const desk = listening({})
  desk.env = { BINANCE_FUTURES_TRADES: 'raw' }
  await hangup()
  assert.deepEqual(desk.lines[1]?.[2], { settings: 'BINANCE_FUTURES_TRADES' })
})

test('every signal reads anew', async () => {
  const desk = listening({})
  for (const l2Workers of ['3', '2', '2']) {
    desk.env = { L2_WORKERS: l2Workers }
    await hangup()
  }
  assert.deepEqual(desk.asked, [3, 2, 2])
  assert.ok(desk.lines.every(([level]) => level === 'info'))
})

test('what cannot be taken changes nothing, and the next signal is heard', async () => {
  const desk = listening({})
  desk.env = { L2_WORKERS: 'many', L2_DEPTH: '7' }
  await hangup()
  assert.deepEqual(desk.asked, [])
  const [[level, message, fields] = []] = desk.lines
  assert.deepEqual([level, message], ['error', 'SIGHUP: the settings cannot be taken; nothing is changed'])
  assert.match(String(fields?.['reason']), /^L2_WORKERS: "many" is not accepted/)
  desk.env = { L2_WORKERS: '2' }
  await hangup()
  assert.deepEqual(desk.asked, [2])
})

interface Desk {
  env: Environment
  readonly asked: number[]
  readonly lines: [level: string, message: string, fields: LogFields | undefined][]
}

function listening(env: Environment): Desk {
  const desk: Desk = { env, asked: [], lines: [] }
  const write =
    (level: string): Log['info'] =>
    (message, fields) =>
      void desk.lines.push([level, message, fields])
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const reshard = async (l2Workers: number): Promise<void> => void desk.asked.push(l2Workers)
  const readAgain = (): ReturnType<typeof readSettings>['settings'] => readSettings(desk.env).settings
  releases.push(reloadOnHangup({ settings: readAgain(), readAgain, supervisor: { reshard }, log }))
  return desk
}

async function hangup(): Promise<void> {
  process.kill(process.pid, 'SIGHUP')
  await new Promise(resolve => setTimeout(resolve, 50))
}
