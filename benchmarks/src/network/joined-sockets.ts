// Both sockets of each connection through a proxy: they end together.

import type { Socket } from 'node:net'

export class JoinedSockets {
  readonly #sockets = new Set<Socket>()

  join(client: Socket, upstream: Socket): void {
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
