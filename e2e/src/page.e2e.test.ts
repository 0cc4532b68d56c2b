// The page in a real Chromium, with a token and a list of origins: what a trader sees, and that nothing complains.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage, paintedPixels } from './browser.js'
import { startDemo } from './demo-process.js'
import { freePort, until } from './program.js'
import { chromium, skipWithout } from './tools.js'

const TOKEN = 'sesame-0123456789'
const PAINTED_MIN = 5_000

test('the page shows trades, depth, ladder, hops and state', { skip: skipWithout('chromium', chromium()) }, async t => {
  const adminAddr = `127.0.0.1:${await freePort()}`
  const env = { AUTH_TOKEN: TOKEN, ALLOWED_ORIGINS: 'https://desk.example', ADMIN_ADDR: adminAddr, ADMIN_NICE: '0' }
  const demo = await startDemo({ env })
  t.after(() => demo.stop())
  const { page, complaints, close } = await openPage(`http://${adminAddr}/`)
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
