// The process that sends trades and liquidations, and does nothing else: frames come encoded and ahead of time, with the handles
// of the connections that carry nothing else. The simulator still reads those connections and writes its answers to them.
// Ends with its parent.
import { Socket, type SocketConstructorOpts } from 'node:net'
import { createClock } from '../clock.js'
import { type EventSource, Runner } from '../schedule/runner.js'
import type { FromSender, ScheduledSend, ToSender } from './sender-messages.js'

const REPORT_MS = 20

const clock = createClock()
const sockets = new Map<string, Socket>()
let queue: ScheduledSend[] = []
let head = 0
let times: number[] = []

const source: EventSource = {
  nextUs: () => queue[head]?.dueUs ?? Number.POSITIVE_INFINITY,
  nextUrgentUs: () => queue[head]?.dueUs ?? Number.POSITIVE_INFINITY,
  fire: sendNext,
  fireUrgent: sendNext,
  flush: () => undefined,
}

process.on('message', (message: ToSender, handle: unknown) => {
  switch (message.type) {
    case 'open':
      return open(message.id, handle)
    case 'close':
      return close(message.id)
    case 'sends':
      queue = merged(queue.slice(head), message.sends)
      head = 0
      return
    case 'flush':
      report()
      post({ type: 'flushed' })
  }
})
// Ctrl-C reaches the whole process group, but the simulator decides when this process ends.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit())
setInterval(report, REPORT_MS)
new Runner(source, clock.nowUs).start()
post({ type: 'ready' })

/** What a new subscriber catches up with is due before what was published since. */
function merged(waiting: readonly ScheduledSend[], more: readonly ScheduledSend[]): ScheduledSend[] {
  const all = [...waiting, ...more]
  const isInOrder = more.every(({ dueUs }, index) => dueUs >= (more[index - 1] ?? waiting.at(-1) ?? { dueUs: 0 }).dueUs)
  return isInOrder ? all : all.sort((left, right) => left.dueUs - right.dueUs)
}

function sendNext(): void {
  const { dueUs, id, frame, ticket } = queue[head]!
  head += 1
  const socket = id === undefined ? undefined : sockets.get(id)
  if (socket !== undefined && frame !== undefined) write(id!, socket, frame)
  if (ticket !== undefined) times.push(ticket, Math.max(clock.nowUs(), dueUs))
}

function write(id: string, socket: Socket, frame: Uint8Array): void {
  socket.write(frame)
  // Part of a frame would wait here while the simulator writes its answers between the parts.
  if (socket.writableLength === 0) return
  close(id)
  post({ type: 'slow', id })
}

function open(id: string, handle: unknown): void {
  if (handle === undefined || handle === null) return
  // The simulator reads it: two readers would share the bytes.
  const options: SocketConstructorOpts & { handle: unknown; manualStart: boolean } = {
    handle,
    readable: false,
    writable: true,
    manualStart: true,
  }
  const socket = new Socket(options)
  socket.on('error', () => close(id))
  sockets.set(id, socket)
}

function close(id: string): void {
  sockets.get(id)?.destroy()
  sockets.delete(id)
}

function report(): void {
  if (times.length === 0) return
  post({ type: 'sent', times })
  times = []
}

function post(message: FromSender): void {
  // Its parent may have ended since: then this process ends too.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}
