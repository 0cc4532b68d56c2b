// uWebSockets.js without native code and without a port: the product registers its handlers here, and the test calls them by
// `connect` and `request`. One listening socket, one WebSocket route.

import assert from 'node:assert/strict'
import type { App, HttpHandler, HttpRequest, HttpResponse, ListenSocket, SocketBehavior, Uws } from '../uws.js'
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
  /** Called after a request was read: runs what the gateway does in the next turn of the event loop. */
  afterRequest: () => void = () => {}
  #behavior: SocketBehavior<unknown> | undefined
  #handler: HttpHandler | undefined

  App(): App {
    return this
  }

  SSLApp(): App {
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

  any(_pattern: string, handler: HttpHandler): void {
    assert.equal(this.#handler, undefined, 'one route of plain HTTP')
    this.#handler = handler
  }

  listen(_host: string, _port: number, _options: number, callback: (listening: ListenSocket | false) => void): void {
    this.isListening = !this.isPortTaken
    callback(this.isListening ? this : false)
  }

  close(): void {
    this.isClosed = true
    for (const client of this.clients) if (!client.isClosed) client.close()
  }

  /** `prepare` comes before the first frame. Fails for a client that is refused. */
  connect(query = '', prepare: (client: TestClient) => void = () => {}): TestClient {
    const { client, answer } = this.handshake(query, prepare)
    assert.ok(client.isOpen, `refused: ${answer.status}`)
    return client
  }

  /** The client is open, or was answered. */
  handshake(
    query = '',
    prepare: (client: TestClient) => void = () => {},
    address = '192.0.2.1',
  ): { client: TestClient; answer: HttpAnswer } {
    const behavior = this.#behavior
    assert.ok(behavior?.upgrade !== undefined && !this.isClosed, 'nothing accepts connections')
    const client = new TestClient(behavior)
    prepare(client)
    const { answer, response } = answerTo(address, userData => {
      client.userData = userData
      client.isOpen = true
      this.clients.push(client)
      client.onClose = () => behavior.close?.(client, 1006, new ArrayBuffer(0))
      behavior.open(client)
    })
    behavior.upgrade(response, requestOf({ query }), {})
    this.afterRequest()
    return { client, answer }
  }

  request(path: string, options: RequestOptions = {}): HttpAnswer {
    const { answer, response } = answerTo(options.address ?? '192.0.2.1', () => {
      assert.fail('only a handshake is upgraded')
    })
    this.#handler?.(response, requestOf({ ...options, path }))
    this.afterRequest()
    return answer
  }
}

export interface RequestOptions {
  readonly path?: string
  readonly query?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
}

function requestOf({ path = '/', query, method = 'get', headers = {} }: RequestOptions): HttpRequest {
  return { getMethod: () => method, getUrl: () => path, getQuery: () => query, getHeader: name => headers[name] ?? '' }
}

function answerTo(
  address: string,
  onUpgrade: (userData: unknown) => void,
): { answer: HttpAnswer; response: HttpResponse } {
  const answer: HttpAnswer = { status: '', headers: {}, body: '' }
  const response: HttpResponse = {
    getRemoteAddress: () => new Uint8Array(address.split('.').map(Number)).buffer,
    onAborted: () => {},
    cork: work => work(),
    close: () => {},
    writeStatus: status => {
      answer.status = status
      return response
    },
    writeHeader: (name, value) => {
      answer.headers[name] = value
      return response
    },
    end: (body, closeConnection) => {
      assert.ok(closeConnection, 'every answer closes its connection')
      answer.body = body
    },
    upgrade: onUpgrade,
  }
  return { answer, response }
}
