// Makes the picture of the page in the README: `node scripts/screenshot.mjs [FILE]`, from the product itself with its simulated
// venues, in Debian's Chromium.

import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare } from './prepare.mjs'
import { ROOT, say } from './workspace.mjs'

const FILE = process.argv[2] ?? join(ROOT, 'docs', 'page.png')
const WATCH_MS = 45_000

const ours = name => import(pathToFileURL(join(ROOT, 'e2e', 'dist', name)).href)

if (await prepare()) {
  const [{ startDemo }, { closeBrowser, openPage }] = await Promise.all([ours('demo-process.js'), ours('browser.js')])
  const demo = await startDemo({ args: ['--admin-addr', '127.0.0.1:0'] })
  try {
    const { page } = await openPage(demo.adminUrl)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForTimeout(WATCH_MS)
    mkdirSync(dirname(FILE), { recursive: true })
    await page.screenshot({ path: FILE })
    say(`${FILE}\n`)
  } finally {
    await closeBrowser()
    await demo.stop()
  }
}
