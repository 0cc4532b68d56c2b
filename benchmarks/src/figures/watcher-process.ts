// The clients of `watcher-figures.ts`, a process of their own at the lowest priority: each requests what a page requests, market
// data with acknowledgements and the reports of the view that is open. Arguments: the gateway's URL, the admin URL, how many.

import { setPriority } from 'node:os'
import { WebSocket } from 'ws'

/** As the page's worker does (page/src/feed/feed-worker.ts). */
const ACK_BYTES = 2_048
const ACK_MS = 4
/** As the page's views do, which are open in turns. */
const VIEWS = [
  { path: '/page/tail', everyMs: 2_000 },
  { path: '/stat', everyMs: 1_000 },
]
const NUMBER = /"n":(\d+)/
const LEAST_PRIORITY = 19

const [gateway = '', admin = '', count = '0'] = process.argv.slice(2)
setPriority(LEAST_PRIORITY)
await Promise.all(Array.from({ length: Number(count) }, (_, index) => watch(index)))
process.send?.({ type: 'watching' })
process.once('disconnect', () => process.exit(0))

async function watch(index: number): Promise<void> {
  const socket = new WebSocket(`${gateway}/?ack=1`, ['tradelane'])
  let [unackedBytes, ackedMs, newest] = [0, 0, '']
  socket.on('message', (frame: Buffer) => {
    newest = NUMBER.exec(frame.toString('latin1'))?.[1] ?? newest
    unackedBytes += frame.length
    const nowMs = performance.now()
    if (unackedBytes < ACK_BYTES && nowMs - ackedMs < ACK_MS) return
    acknowledge()
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  // What comes to its end without more messages.
  setInterval(acknowledge, ACK_MS)
  const view = VIEWS[index % VIEWS.length]
  if (view !== undefined) setInterval(() => void request(view.path), view.everyMs)

  function acknowledge(): void {
    if (unackedBytes === 0 || newest === '' || socket.readyState !== WebSocket.OPEN) return
    socket.send(`{"op":"ack","n":${newest}}`)
    unackedBytes = 0
    ackedMs = performance.now()
  }
}

async function request(path: string): Promise<void> {
  const response = await fetch(`${admin}${path}`)
  await response.text()
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`)
}
