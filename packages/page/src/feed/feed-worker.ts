// Owns one WebSocket, so that reading is slowed down here and nowhere else. What it reads it posts to the page some times a second,
// and, where asked to, acknowledges to the gateway: a browser answers pings before anyone has read what came before them.

import { BatchBuilder } from './batch-builder.js'
import type { ConnectionState, FromWorker, ToWorker } from './feed-messages.js'
import { ReadingPace } from './reading-pace.js'
import type { Frame } from './wire.js'

const POST_MS = 50
const RECONNECT_MS = 1_000
/** One acknowledgement covers what was read before it, up to this many bytes or this long. */
const ACK_BYTES = 2_048
const ACK_MS = 4
const REFUSED_CLOSES = 5

type Opening = Extract<ToWorker, { type: 'open' }>

const pace = new ReadingPace()
let builder = new BatchBuilder(true)
let opening: Opening | undefined
let socket: WebSocket | undefined
let postedMs = 0
let ackedMs = 0
let unackedBytes = 0
let newestNumber = 0
let isAckPending = false
let failuresInRow = 0
/** The last record that was read. */
let place = { stream: '', seq: 0 }

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  pace.bytesPerS = data.bytesPerS
  if (data.type !== 'open') return
  opening = data
  builder = new BatchBuilder(data.hasBooks)
  connect()
}

setInterval(postBatch, POST_MS)
// What comes to its end without more messages is acknowledged in the next turn of the loop.
const channel = new MessageChannel()
channel.port1.onmessage = () => {
  isAckPending = false
  acknowledge()
}

function connect(): void {
  if (opening === undefined) return
  const { url, token } = opening
  // Afterwards it stays closed until it is open again.
  if (failuresInRow === 0) say('connecting')
  const opened = new WebSocket(
    `${url}/${queryOf(opening)}`,
    token === '' ? ['tradelane'] : ['tradelane', `token.${token}`],
  )
  socket = opened
  newestNumber = 0
  unackedBytes = 0
  opened.onopen = () => {
    failuresInRow = 0
    say('open')
  }
  opened.onmessage = ({ data }: MessageEvent<string>) => read(data)
  opened.onclose = ({ code, reason }) => {
    failuresInRow += 1
    postBatch()
    say(failuresInRow > REFUSED_CLOSES ? 'refused' : 'closed', `${code} ${reason}`.trim())
    setTimeout(connect, RECONNECT_MS)
  }
}

function queryOf({ isAcknowledging, isResuming }: Opening): string {
  const parts = isAcknowledging ? ['ack=1'] : []
  if (isResuming && place.stream !== '') parts.push(`since=${place.stream}:${place.seq}`)
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

function read(text: string): void {
  // Frames are ASCII: a character is a byte.
  pace.read(text.length)
  const frame = JSON.parse(text) as Frame
  const nowMs = performance.now()
  builder.add(frame, text.length, performance.timeOrigin + nowMs)
  notePlace(frame)
  if (frame.n !== undefined) {
    newestNumber = frame.n
    unackedBytes += text.length
    if (unackedBytes >= ACK_BYTES || nowMs - ackedMs >= ACK_MS) acknowledge()
    else if (!isAckPending) {
      isAckPending = true
      channel.port2.postMessage(null)
    }
  }
  if (nowMs - postedMs >= POST_MS) postBatch()
}

/** What follows a welcome of the same stream is what was missed: it is read from the old place on. */
function notePlace({ type, stream = '', seq }: Frame): void {
  if (seq === undefined) return
  if (type !== 'welcome') place.seq = seq
  else if (stream !== place.stream) place = { stream, seq }
}

function acknowledge(): void {
  if (unackedBytes === 0 || socket?.readyState !== WebSocket.OPEN) return
  socket.send(`{"op":"ack","n":${newestNumber}}`)
  unackedBytes = 0
  ackedMs = performance.now()
}

function postBatch(): void {
  postedMs = performance.now()
  if (!builder.isEmpty) post(builder.take())
}

function say(state: ConnectionState, why = ''): void {
  post({ type: 'connection', state, why })
}

function post(message: FromWorker): void {
  // A worker's own: its last argument is no origin.
  self.postMessage(message)
}
