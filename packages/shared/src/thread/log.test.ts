import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOG_INTERVAL_MS, type Log, type LogFields, type LogLevel, RateLimitedLog } from './log.js'

interface Line {
  level: LogLevel
  message: string
  fields: LogFields
}

function newLog(): { log: RateLimitedLog; lines: Line[]; passMs: (ms: number) => void } {
  const lines: Line[] = []
  let nowMs = 1_000
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields })
    }
  const sink: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const passMs = (ms: number): void => {
    nowMs += ms
  }
  return { log: new RateLimitedLog(sink, { nowMs: () => nowMs }), lines, passMs }
}

test('the first line of a fact is written at once, at its level and with its fields', () => {
  const { log, lines } = newLog()
  log.write('error', 'malformed frame', 'binance', { frameBytes: 12 })
  assert.deepEqual(lines, [
    { level: 'error', message: 'malformed frame', fields: { subject: 'binance', frameBytes: 12 } },
  ])
})

test('a fact that recurs is written once per interval, with the number of times it was suppressed', () => {
  const { log, lines, passMs } = newLog()
  for (let time = 0; time < 5; time += 1) log.write('warn', 'malformed frame', 'binance')
  passMs(LOG_INTERVAL_MS - 1)
  log.write('warn', 'malformed frame', 'binance')
  assert.equal(lines.length, 1)
  passMs(1)
  log.write('warn', 'malformed frame', 'binance')
  assert.deepEqual(lines[1]?.fields, { subject: 'binance', repeats: 5 })
  passMs(LOG_INTERVAL_MS)
  log.write('warn', 'malformed frame', 'binance')
  assert.deepEqual(lines[2]?.fields, { subject: 'binance' })
})

test('subjects and messages are limited separately', () => {
  const { log, lines } = newLog()
  log.write('warn', 'malformed frame', 'binance')
  log.write('warn', 'malformed frame', 'bybit')
  log.write('warn', 'unknown symbol', 'binance')
  log.write('warn', 'malformed frame', 'binance')
  assert.equal(lines.length, 3)
})

test('a flood of invented subjects does not silence a later fact', () => {
  const { log, lines } = newLog()
  for (let subject = 0; subject < 20_000; subject += 1) log.write('warn', 'unknown symbol', `symbol ${subject}`)
  assert.equal(lines.length, 20_000)
  log.write('warn', 'link down', 'binance')
  assert.equal(lines.at(-1)?.message, 'link down')
})
