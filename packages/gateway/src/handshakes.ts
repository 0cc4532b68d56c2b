// From a handshake to a client: who may come in, and when. The first handshake of a turn of the event loop is answered at once;
// further ones wait in the request queue, because a crowd of them would be one long turn.

import { answeredSubprotocol } from '@tradelane/shared/access/subprotocols'
import type { Admission } from './admission.js'
import type { ClientAccess } from './client-access.js'
import { type ClientAddress, readClientAddress } from './client-address.js'
import { InputRates } from './client-input.js'
import { type ClientQuery, readClientQuery } from './client-query.js'
import type { RequestQueue } from './request-queue.js'
import type { Session } from './session.js'
import type { HttpRequest, HttpResponse, SocketContext } from './uws.js'

export interface HandshakesOptions {
  readonly admission: Admission
  readonly access: ClientAccess
  readonly queue: RequestQueue
  /** Calls it while the socket of some client is corked; not at all where there is none. */
  readonly corkAnother: (work: () => void) => void
}

/** The user data of a client's socket. */
export interface ClientData {
  readonly query: ClientQuery
  readonly address: ClientAddress
  readonly rates: InputRates
  session: Session | undefined
}

export class Handshakes {
  readonly #options: HandshakesOptions

  constructor(options: HandshakesOptions) {
    this.#options = options
  }

  /** The handler of an upgrade. */
  take(response: HttpResponse, request: HttpRequest, context: SocketContext): void {
    const { admission, access, queue } = this.#options
    const address = readClientAddress(response.getRemoteAddress())
    const query = request.getQuery() ?? ''
    const refusal = admission.admit(address, request.getUrl().length + query.length)
    if (refusal !== null) {
      queue.refuse('handshake', response, refusal)
      return
    }
    // After the limits of its address: tokens are not guessed at any rate.
    const denial = access.refusalOf(request, address)
    if (denial !== null) {
      admission.release(address)
      queue.refuse('handshake', response, denial)
      return
    }
    const data: ClientData = { query: readClientQuery(query), address, rates: new InputRates(), session: undefined }
    const key = request.getHeader('sec-websocket-key')
    const subprotocol = answeredSubprotocol(request.getHeader('sec-websocket-protocol'))
    // No extension: compression would cost more than it saves.
    const upgrade = (): unknown => response.upgrade(data, key, subprotocol, '', context)
    if (queue.takeTurn()) upgrade()
    else
      queue.addUpgrade(
        response,
        () => this.#upgradeLater(response, upgrade),
        () => admission.release(address),
      )
  }

  /**
   * Outside its handler an upgrade must not be what the library has corked: after the call it would read the state of the HTTP
   * response, in memory that is the WebSocket's by now, and take some clients for an answer that closes the
   * connection (uWebSockets 20.30, `HttpResponse::cork`). While another socket is corked, it writes at once and reads nothing.
   */
  #upgradeLater(response: HttpResponse, upgrade: () => unknown): void {
    let isDone = false
    this.#options.corkAnother(() => {
      isDone = true
      response.cork(upgrade)
    })
    // Not corked at all: a warning of the library on stderr is the worst of it. There is hardly ever a crowd without a client.
    if (!isDone) upgrade()
  }
}
