// The REST thread: sends the requests of ingest and reads their answers, in order that no trade waits for the decryption and the
// assembly of megabytes. It decides nothing: budgets, bans and time limits are those of `RestClient`.

import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { REST_SPACING_MS } from '../limits.js'
import { bodyOf } from './answer-body.js'
import { reasonOf } from './fetch.js'
import { proxiedFetch } from './proxied-fetch.js'
import type { RestThreadAnswer, RestThreadRequest, RestThreadStart } from './rest-messages.js'

const NICE = 10

const ingest = parentPort
if (ingest === null) throw new Error('this file is a thread of ingest')
// No log reaches this thread: where the system refuses, answers are read at the priority of the lanes.
setNiceness(NICE, { warn: () => {} })

const { proxy } = workerData as RestThreadStart
const running = new Map<number, AbortController>()
let lastStartMs = Number.NEGATIVE_INFINITY

ingest.on('message', (message: RestThreadRequest) => {
  if (message.type === 'get') void get(message.id, message.url)
  else running.get(message.id)?.abort()
})

async function get(id: number, url: string): Promise<void> {
  const abort = new AbortController()
  running.set(id, abort)
  const post = (answer: RestThreadAnswer, transferred: readonly ArrayBuffer[]): void =>
    ingest?.postMessage(answer, transferred)
  try {
    const { signal } = abort
    await ownTurn()
    const answer = await proxiedFetch(url, { signal, redirect: 'error' }, proxy)
    // At once: a ban is a ban even if its text never ends.
    post({ type: 'head', id, status: answer.status, headers: [...answer.headers] }, [])
    const { buffer } = await bodyOf(answer, signal)
    const body = new Uint8Array(buffer as ArrayBuffer)
    post({ type: 'body', id, body }, [body.buffer])
  } catch (error) {
    post({ type: 'failed', id, reason: reasonOf(error) }, [])
  } finally {
    running.delete(id)
  }
}

/** Requests of one moment, such as those for the lists of all products, do not bring all their answers in one moment. */
async function ownTurn(): Promise<void> {
  const nowMs = performance.now()
  lastStartMs = Math.max(nowMs, lastStartMs + REST_SPACING_MS)
  if (lastStartMs > nowMs) await sleep(lastStartMs - nowMs)
}
