// `fetch` in a thread of its own, of ingest: 12 MB of a list of instruments took the trade thread 10 to 28 ms to receive. The bytes
// of an answer are handed over, not copied. The thread starts with the first request and again after it has ended.

import assert from 'node:assert/strict'
import { Worker } from 'node:worker_threads'
import type { ProxyRules } from '@tradelane/shared/thread/thread-messages'
import { REST_THREAD_HEAP } from '../limits.js'
import type { Fetch, FetchResponse } from './fetch.js'
import type { RestThreadAnswer, RestThreadHead, RestThreadRequest, RestThreadStart } from './rest-messages.js'

/** Until the body is here, or the request has failed or was given up. */
interface Pending {
  readonly onHead: (head: RestThreadHead) => void
  readonly onBody: (body: Uint8Array) => void
  readonly onFailed: (error: unknown) => void
}

export class RestThread {
  readonly #start: () => Worker
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | undefined
  #requestCount = 0

  /** `start` is for tests. */
  constructor(proxy: ProxyRules | null, start: () => Worker = () => startWorker(proxy)) {
    this.#start = start
  }

  /** The body of an answer is here with its last byte. */
  readonly fetch: Fetch = async (url, { signal, redirect }) => {
    assert(redirect === 'error', 'the thread follows no redirect')
    signal.throwIfAborted()
    this.#requestCount += 1
    const id = this.#requestCount
    this.#worker ??= this.#newWorker()
    const worker = this.#worker
    const post = (message: RestThreadRequest): void => worker.postMessage(message)
    const giveUp = (reason: unknown): void => {
      post({ type: 'abort', id })
      this.#fail(id, reason)
    }
    const abort = (): void => giveUp(signal.reason)
    const answer = new Promise<FetchResponse>((resolve, reject) => {
      const body = new Promise<Uint8Array>((give, fail) => {
        this.#pending.set(id, {
          onHead: head => resolve(responseOf(head, body, giveUp)),
          onBody: give,
          onFailed: error => {
            reject(error)
            fail(error)
          },
        })
      })
      // It may fail before anyone reads it.
      body.catch(() => undefined)
    })
    signal.addEventListener('abort', abort, { once: true })
    post({ type: 'get', id, url })
    try {
      return await answer
    } finally {
      // From here on the reader of the body gives it up.
      signal.removeEventListener('abort', abort)
    }
  }

  #newWorker(): Worker {
    const worker = this.#start()
    // Ingest ends without waiting for it, and it ends with ingest.
    worker.unref()
    worker.on('message', (answer: RestThreadAnswer) => this.#accept(answer))
    let reason = 'the REST thread ended'
    worker.on('error', error => {
      reason = `the REST thread ended: ${error instanceof Error ? error.message : String(error)}`
    })
    worker.on('exit', () => {
      assert(this.#worker === worker, 'one REST thread runs at a time')
      this.#worker = undefined
      for (const id of [...this.#pending.keys()]) this.#fail(id, new Error(reason))
    })
    return worker
  }

  /** What was under way when its request was given up is left out. */
  #accept(message: RestThreadAnswer): void {
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return
    if (message.type === 'failed') this.#fail(message.id, new Error(message.reason))
    else if (message.type === 'head') pending.onHead(message)
    else {
      this.#pending.delete(message.id)
      pending.onBody(message.body)
    }
  }

  #fail(id: number, error: unknown): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.onFailed(error)
  }
}

function startWorker(proxy: ProxyRules | null): Worker {
  const workerData: RestThreadStart = { proxy }
  return new Worker(new URL('./rest-worker.js', import.meta.url), { resourceLimits: REST_THREAD_HEAP, workerData })
}

function responseOf(
  { status, headers }: RestThreadHead,
  body: Promise<Uint8Array>,
  giveUp: (reason: unknown) => void,
): FetchResponse {
  const values = new Map(headers)
  let isRead = false
  return {
    status,
    ok: status >= 200 && status <= 299,
    headers: { get: name => values.get(name.toLowerCase()) ?? null },
    body: {
      getReader: () => ({
        read: async () => {
          if (isRead) return { done: true }
          isRead = true
          return { done: false, value: await body }
        },
        cancel: async reason => giveUp(reason),
      }),
    },
  }
}
