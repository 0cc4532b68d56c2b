// The page in a real Chromium, with a token and a list of origins: what a trader sees, and that nothing complains. And a page that
// stays open while the gateway is started again: the whole process, as by a service manager after a gateway that hangs had ended
// it, and the gateway's thread alone, after a fault. The page says that it is not connected, and goes on by itself. How much
// comes is not judged, so venues are quiet.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import { restartsIn, supervisorWith } from '@tradelane/server/test/supervisor-fixture'
import { BLOCKS_OFFSET, SLOTS_OFFSET } from '@tradelane/shared/thread/admission-layout'
import type { Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { closeBrowser, openPage, paintedPixels } from './browser.js'
import { type DemoOptions, type DemoProcess, startDemo } from './demo-process.js'
import { freePort, Program, until } from './program.js'
import { chromium, skipWithout } from './tools.js'

const TOKEN = 'sesame-0123456789'
const PAINTED_MIN = 5_000
/** What a browser says of a connection that was lost, or refused. */
const LOST =
  /WebSocket connection to '[^']*' failed|net::ERR_(?:CONNECTION_|EMPTY_RESPONSE|NETWORK_)|Failed to load resource/
const skip = skipWithout('chromium', chromium())

let demo: DemoProcess | undefined
let options: DemoOptions
let adminUrl: string
after(async () => {
  await closeBrowser()
  await demo?.stop()
})

test('the page shows trades, depth, ladder, hops and state', { skip }, async t => {
  const [port, adminAddr] = [await freePort(), `127.0.0.1:${await freePort()}`]
  const env = { AUTH_TOKEN: TOKEN, ALLOWED_ORIGINS: 'https://desk.example', ADMIN_ADDR: adminAddr, ADMIN_NICE: '0' }
  options = { scenario: 'quiet', env, port }
  adminUrl = `http://${adminAddr}`
  demo = await startDemo(options)
  const { page, complaints, close } = await openPage(`${adminUrl}/`)
  t.after(close)

  await page.getByLabel('Token').fill(TOKEN)
  await page.getByLabel('Token').press('Enter')
  await page.locator('.connection.open').waitFor()
  await page.locator('.tape li').nth(20).waitFor()
  await page.locator('.state.exact').waitFor()
  await until(async () => (await paintedPixels(page, 'canvas.heatmap')) > PAINTED_MIN, 'the heatmap is drawn')
  await until(async () => (await paintedPixels(page, 'canvas.ladder')) > PAINTED_MIN, 'the ladder is drawn')
  assert.match((await page.locator('canvas.ladder').getAttribute('aria-label')) ?? '', /^Best bid \d/)

  // A view is a link, so that the keyboard reaches it. The trade is chosen once the account of what threads do is kept.
  await page.getByRole('link', { name: 'Why was it late' }).focus()
  await page.keyboard.press('Enter')
  await page.locator('.pick button').first().waitFor()
  await page.getByRole('link', { name: 'Live' }).click()
  await page.locator('.tape button').first().click()
  await page.locator('.hop').nth(2).waitFor()
  assert.deepEqual(await page.locator('.panel:first-child .hop b').allTextContents(), ['decode', 'pickup', 'send'])

  await page.getByRole('link', { name: 'State' }).click()
  await page.locator('.links td.live').nth(10).waitFor()
  const threads = await page.locator('.figures').getByText('gateway-0').count()
  assert.ok(threads >= 1, 'the threads are listed')
  assert.ok(!page.url().includes(TOKEN))
  assert.deepEqual(complaints, [])
})

test('a page survives a gateway whose process ended and was started again', { skip }, async t => {
  t.after(() => demo?.stop())
  const { page, complaints, close } = await openPage(`${adminUrl}/`)
  t.after(close)
  await page.getByLabel('Token').fill(TOKEN)
  await page.getByLabel('Token').press('Enter')
  await untilLive(page)
  await page.evaluate(() => {
    // Gone with the page, if anything loaded it again.
    Object.assign(globalThis, { isStillOpen: true })
  })
  assert.deepEqual(complaints, [])

  await demo?.stop('SIGKILL')
  demo = undefined
  await untilLost(page)
  assert.equal(await page.locator('canvas.ladder').getAttribute('aria-label'), 'No book')
  // While nothing answers, each view is there.
  await page.getByRole('link', { name: 'State' }).click()
  await page.locator('.notice').waitFor()
  await page.getByRole('link', { name: 'Feel it' }).click()
  await page.locator('.side.left').waitFor()
  await page.locator('.connection.refused').waitFor()

  demo = await startDemo(options)
  for (const column of ['left', 'right'])
    await page.locator(`.side.${column}[data-state="open"] .mini li`).first().waitFor()
  await page.getByRole('link', { name: 'Live' }).click()
  await untilLive(page)
  await until(async () => (await paintedPixels(page, 'canvas.ladder')) > PAINTED_MIN, 'the ladder is drawn')
  await until(async () => (await paintedPixels(page, 'canvas.heatmap')) > PAINTED_MIN, 'the heatmap is drawn')
  // The newest first; of the numbers of the process that ended none is left, because nothing could be said of it.
  const shown = await sequencesOf(page)
  assert.ok(
    shown.length > 5 && shown.every((seq, index) => index === 0 || seq < (shown[index - 1] ?? 0)),
    String(shown),
  )
  // The trade is chosen once the account of what threads do is kept.
  await page.getByRole('link', { name: 'Why was it late' }).click()
  await page.locator('.pick button').first().waitFor()
  await page.getByRole('link', { name: 'Live' }).click()
  await page.locator('.tape button').first().click()
  await page.locator('.panel:first-child .hop').nth(2).waitFor()
  await page.getByRole('link', { name: 'State' }).click()
  const report = await fetch(`${adminUrl}/stat`, bearer())
  const { process } = (await report.json()) as StatReport
  await page.locator('.facts').getByText(process.stream).waitFor()
  assert.ok(await page.evaluate(() => 'isStillOpen' in globalThis), 'it was not loaded again')
  assert.deepEqual(
    complaints.filter(text => !LOST.test(text)),
    [],
  )
})

test('a page misses no trade when the gateway ends by a fault and restarts', { skip }, async t => {
  const simPort = await freePort()
  // So few that the tape, of one instrument, reaches back beyond the restart for a while.
  const sim = new Program(['sim', '--port', String(simPort), '--scenario', 'quiet', '--trade-rate', '60'])
  t.after(() => sim.stop())
  await sim.untilReady(`http://127.0.0.1:${simPort}/control/stats`)
  const { supervisor, lanes, lines } = supervisorWith({}, `ws://127.0.0.1:${simPort}`)
  const gateway = `ws://127.0.0.1:${await supervisor.start()}`
  const { page, complaints, close } = await openPage(`http://127.0.0.1:${await supervisor.adminListening}/`)
  t.after(close)
  await untilLive(page)
  await page.getByRole('button', { name: 'chosen' }).click()
  await page.locator('.tape li').nth(5).waitFor()
  const before = await sequencesOf(page)

  const client = new WebSocket(gateway)
  await new Promise(resolve => client.once('open', resolve))
  // It was never counted, so that an assertion ends the thread when it leaves.
  new Int32Array(lanes.admission, BLOCKS_OFFSET + SLOTS_OFFSET).fill(0)
  client.terminate()
  await untilLost(page)
  await until(() => restartsIn(lines).length > 0, 'the restart')
  assert.deepEqual(restartsIn(lines), ['gateway-0'])
  await untilLive(page)
  const last = Math.max(...before)
  await until(async () => (await sequencesOf(page)).filter(seq => seq > last).length > 5, 'later trades')
  const shown = await sequencesOf(page)
  const sent = await sequencesSent(gateway, await page.locator('select').inputValue(), Math.max(...shown))
  assert.ok(Math.min(...shown) <= last, 'the tape reaches back beyond the restart')
  assert.deepEqual(
    shown.sort((one, other) => one - other),
    sent.filter(seq => seq >= Math.min(...shown)),
  )
  assert.deepEqual(
    complaints.filter(text => !LOST.test(text)),
    [],
  )
})

async function untilLive(page: Page): Promise<void> {
  await page.locator('.connection.open').waitFor()
  await page.locator('.tape li').nth(5).waitFor()
  await page.locator('.state.exact').waitFor()
}

/** Nothing is said to be exact. */
async function untilLost(page: Page): Promise<void> {
  await page.locator('.connection:not(.open)').waitFor()
  await page.locator('.state.stale').getByText('not connected').waitFor()
  assert.equal(await page.locator('.state.exact').count(), 0)
}

/** Of the trades on the tape. */
async function sequencesOf(page: Page): Promise<number[]> {
  const titles = await page
    .locator('.tape button')
    .evaluateAll(buttons => (buttons as unknown as { title: string }[]).map(({ title }) => title))
  return titles.map(title => Number(/seq (\d+)/.exec(title)?.[1]))
}

/** Of the trades of this instrument since the start, up to this one. */
async function sequencesSent(gateway: string, instrument: string, last: number): Promise<number[]> {
  const sequences: number[] = []
  const socket = new WebSocket(`${gateway}/?since=test0000:0`)
  await new Promise<void>((resolve, reject) => {
    socket.once('close', () => reject(new Error('the gateway ended the connection')))
    socket.on('message', (text: Buffer) => {
      const { kind, seq = 0, exchange, instrument: name }: Frame = JSON.parse(text.toString())
      if (kind !== 'trade' && kind !== 'liquidation') return
      if (seq <= last && instrument === `${exchange} ${name.base}-${name.quote} ${name.kind}`) sequences.push(seq)
      if (seq >= last) resolve()
    })
  })
  socket.terminate()
  return sequences
}

interface Frame {
  readonly kind?: string
  readonly seq?: number
  readonly exchange: string
  readonly instrument: { readonly base: string; readonly quote: string; readonly kind: string }
}

function bearer(): RequestInit {
  return { headers: { authorization: `Bearer ${TOKEN}` } }
}
