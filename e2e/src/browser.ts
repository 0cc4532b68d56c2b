// A real Chromium with a page of the admin address, and what its console said.

import { type Browser, chromium as launcher, type Page } from 'playwright-core'
import { chromium } from './tools.js'

export interface OpenedPage {
  readonly page: Page
  /** Errors and warnings of the console, errors of scripts, requests that failed. */
  readonly complaints: string[]
  close(): Promise<void>
}

const WAIT_MS_MAX = 20_000
// Its sandbox needs rights that a container often has not; nothing but our own page is opened. And no process waits for a site
// that is never opened: each takes half a second of a processor to start.
const FLAGS = ['--no-sandbox', '--disable-gpu', '--renderer-process-limit=1']

/** One for all pages of a process: to start it takes as much of the processor as ten seconds of a page. */
let launched: Promise<Browser> | undefined

/** The page has a context of its own: it shares no storage with others. */
export async function openPage(url: string): Promise<OpenedPage> {
  launched ??= launch()
  const browser = await launched
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } })
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS_MAX)
  const complaints: string[] = []
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('requestfailed', request => complaints.push(`${request.url()} ${request.failure()?.errorText}`))
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}

export async function closeBrowser(): Promise<void> {
  const browser = await launched
  launched = undefined
  await browser?.close()
}

async function launch(): Promise<Browser> {
  const executablePath = chromium()
  if (executablePath === null) throw new Error('chromium is not installed')
  return await launcher.launch({ executablePath, args: FLAGS })
}

/**
 * How many pixels of this canvas have a colour. Of a copy: Chromium warns of a page that reads a canvas twice, and a test that waits
 * would have it warn.
 */
export async function paintedPixels(page: Page, selector: string): Promise<number> {
  return await page.locator(selector).evaluate(element => {
    const canvas = element as unknown as CanvasLike
    const { OffscreenCanvas } = globalThis as unknown as WindowLike
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
    copy.drawImage(canvas, 0, 0)
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let alpha = 3; alpha < data.length; alpha += 4) if ((data[alpha] ?? 0) > 0) count += 1
    return count
  })
}

/** The types of a browser are not those of Node. */
interface CanvasLike {
  readonly width: number
  readonly height: number
}

interface WindowLike {
  readonly OffscreenCanvas: new (
    width: number,
    height: number,
  ) => {
    getContext(
      kind: '2d',
      options: { readonly willReadFrequently: boolean },
    ): {
      drawImage(from: CanvasLike, x: number, y: number): void
      getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
    }
  }
}
