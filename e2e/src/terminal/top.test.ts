// `tradelane top` in a terminal, against a real admin address.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WatchedAdmin } from '../ops/watched-admin.js'
import { skipWithout } from '../tools.js'
import { hasTmux, Terminal, type TerminalSize } from './terminal.js'

const PROGRAM = fileURLToPath(new URL('../../../packages/server/dist/main.js', import.meta.url))
const skip = skipWithout('tmux', hasTmux())

test('shows trades, latency, threads and clients, again each second, until q', { skip }, async t => {
  const { watched, terminal } = await topOf(t, { columns: 100, rows: 40 })
  const screen = await terminal.shows(/^tradelane 0\.0\.0-test {2}127\.0\.0\.1:\d+ /)
  for (const part of [
    /^links 2 live 0 down/m,
    /^total +1,000 +0\.8/m,
    /^gateway-0 +running/m,
    /^client +kB\/s/m,
    /^q quits$/m,
  ]) {
    assert.match(screen, part)
  }
  assert.ok(terminal.screen({ isColoured: true }).includes('\u001b[32m'), 'a state that is well is green')
  watched.ingest.add('tradesPublished', 5_000)
  watched.gateway.add('tokensRefused', 3)
  await terminal.shows(/^[1-9][\d,]* trades\/s/m)
  assert.match(terminal.screen(), /^tokensRefused +3 +handshakes refused/m)
  terminal.press('q')
  assert.match(await terminal.shows(/^exit code/m), /^exit code 0$/m)
})

test('fits a narrow terminal without colours, and one that becomes narrow', { skip }, async t => {
  const { terminal } = await topOf(t, { columns: 40, rows: 12 }, { NO_COLOR: '1' })
  const screen = await terminal.shows(/^q quits; more lines/m)
  assert.match(screen, /^tradelane 0\.0\.0-test/)
  assert.equal(screen.trimEnd().split('\n').length, 12)
  assert.ok(!terminal.screen({ isColoured: true }).includes('\u001b['), 'no colour')
  terminal.resize({ columns: 24, rows: 6 })
  await terminal.shows(/^tradelane 0\.0\.0-test[^\n]*\n(?:[^\n]*\n){4}q quits/)
  terminal.press('C-c')
  await terminal.shows(/^exit code 0$/m)
})

test('says why there is no newer report, and keeps the last', { skip }, async t => {
  const { watched, terminal } = await topOf(t, { columns: 80, rows: 24 })
  await terminal.shows(/^q quits/m)
  watched.admin.agent.close()
  await terminal.shows(/^no answer: .*(ECONNREFUSED|refused|closed|socket)/m)
  assert.match(terminal.screen(), /^tradelane 0\.0\.0-test/m)
  terminal.press('q')
  await terminal.shows(/^exit code 0$/m)
})

/** Time passes for the admin thread as it does here. */
async function topOf(
  t: TestContext,
  size: TerminalSize,
  env: NodeJS.ProcessEnv = {},
): Promise<{ watched: WatchedAdmin; terminal: Terminal }> {
  const watched = await WatchedAdmin.listening(t)
  const timer = setInterval(() => watched.admin.pass(250), 250)
  t.after(() => clearInterval(timer))
  const url = `http://127.0.0.1:${watched.admin.port}`
  return { watched, terminal: new Terminal(t, [process.execPath, PROGRAM, 'top', url], size, env) }
}
