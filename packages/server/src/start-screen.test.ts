import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { coloursFor } from './colours.js'
import { ProgressLine } from './progress-line.js'
import { adminLines, clientLines, line } from './start-screen.js'

const PLAIN = coloursFor({ isTTY: false }, {})
const COLOURED = coloursFor({ isTTY: false }, { FORCE_COLOR: '1' })

test('the screen names where to look, with the address where it is not the default', () => {
  const screen = adminLines('http://127.0.0.1:9002', PLAIN).join('\n')
  for (const part of [
    /npx tradelane top:/,
    /look +http:\/\/127\.0\.0\.1:9002\/ in a browser/,
    /http:\/\/127\.0\.0\.1:9002\/metrics /,
    /stop +Ctrl-C/,
  ]) {
    assert.match(screen, part)
  }
  assert.match(clientLines('ws://127.0.0.1:9001', PLAIN).join('\n'), /; npx tradelane probe judges /)
  assert.match(clientLines('wss://10.0.0.5:1', PLAIN).join('\n'), /; npx tradelane probe wss:\/\/10\.0\.0\.5:1 judges /)
  assert.match(adminLines('https://10.0.0.5:1', PLAIN).join('\n'), /npx tradelane top https:\/\/10\.0\.0\.5:1:/)
})

test('its columns are the same with colours, and no line is longer than a terminal of 100', () => {
  const lines = [...clientLines('ws://127.0.0.1:9001', PLAIN), ...adminLines('http://127.0.0.1:9002', PLAIN)]
  const coloured = [...clientLines('ws://127.0.0.1:9001', COLOURED), ...adminLines('http://127.0.0.1:9002', COLOURED)]
  assert.deepEqual(coloured.map(stripVTControlCharacters), lines)
  assert.ok(lines.every(({ length }) => length <= 100))
  assert.equal(line('journal', 'x'), '  journal  x')
})

test('a progress line is written on a terminal alone, and goes', t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const shown = (isTTY: boolean): string => {
    let text = ''
    const write = (part: string): boolean => {
      text += part
      return true
    }
    const progress = new ProgressLine({ isTTY, write }, 30)
    t.mock.timers.tick(1_000)
    progress.end()
    progress.end()
    t.mock.timers.tick(5_000)
    return text
  }
  assert.equal(shown(false), '')
  assert.equal(shown(true), '\r\u001b[K  0 of 30 s …\r\u001b[K')
})
