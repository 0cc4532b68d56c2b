// uWebSockets.js without native code and without a port: the product registers its handlers here, and the test calls them by
// `connect` and `request`. One listening socket, one WebSocket route.

import assert from 'node:assert/strict'
import type { App, HttpHandler, HttpResponse, ListenSocket, SocketBehavior, Uws } from '../uws.js'
import { TestClient } from './test-client.js'

export interface HttpAnswer {
  status: string
  readonly headers: Record<string, string>
  body: string
}

const PORT = 8_765

export class VirtualUws implements Uws, App {
  readonly clients: TestClient[] = []
  /** As of a port that another process has. */
  isPortTaken = false
  isListening = false
  isClosed = false
  #behavior: SocketBehavior<unknown> | undefined
  readonly #routes = new Map<string, HttpHandler>()

  App(): App {
    return this
  }

  us_listen_socket_close(): void {
    this.isListening = false
  }

  us_socket_local_port(): number {
    return PORT
  }

  ws<UserData>(_pattern: string, behavior: SocketBehavior<UserData>): void {
    assert.equal(this.#behavior, undefined, 'one WebSocket route')
    this.#behavior = behavior as SocketBehavior<unknown>
  }

  get(pattern: string, handler: HttpHandler): void {
    this.#routes.set(pattern, handler)
  }

  any(pattern: string, handler: HttpHandler): void {
    this.#routes.set(pattern, handler)
  }

  listen(_host: string, _port: number, _options: number, callback: (listening: ListenSocket | false) => void): void {
    this.isListening = !this.isPortTaken
    callback(this.isListening ? this : false)
  }

  close(): void {
    this.isClosed = true
    for (const client of this.clients) if (!client.isClosed) client.close()
  }

  /** `prepare` comes before the first frame. */
  connect(query = '', prepare: (client: TestClient) => void = () => {}): TestClient {
    const behavior = this.#behavior
    assert.ok(behavior?.upgrade !== undefined && !this.isClosed, 'nothing accepts connections')
    const client = new TestClient(behavior)
    prepare(client)
    this.clients.push(client)
    const answer = answerOf(client)
    behavior.upgrade(answer.response, { getQuery: () => query, getHeader: () => '' }, {})
    client.onClose = () => behavior.close?.(client, 1006, new ArrayBuffer(0))
    behavior.open(client)
    return client
  }

  request(path: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
    const { answer, response } = answerOf()
    const handler = this.#routes.get(path) ?? this.#routes.get('/*')
    handler?.(response, { getQuery: () => undefined, getHeader: name => headers[name] ?? '' })
    return answer
  }
}

function answerOf(client?: TestClient): { answer: HttpAnswer; response: HttpResponse } {
  const answer: HttpAnswer = { status: '', headers: {}, body: '' }
  const response: HttpResponse = {
    writeStatus: status => {
      answer.status = status
      return response
    },
    writeHeader: (name, value) => {
      answer.headers[name] = value
      return response
    },
    end: body => {
      answer.body = body
    },
    upgrade: userData => {
      assert.ok(client !== undefined, 'only a WebSocket is upgraded')
      client.userData = userData
    },
  }
  return { answer, response }
}
