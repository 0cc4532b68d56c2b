// The bridge: the single loop, whose frames go into a peer instead of to clients. Arguments: the simulator's URL, `nats`, `nchan` or
// `socket.io`, and the broker's port. Sends `{type: 'listening', port}` to its parent and ends with it.

import type { FrameSink } from '../variants/single-loop/frame-sink.js'
import { SingleLoop } from '../variants/single-loop/single-loop.js'
import { announceListening, endWithParent } from '../variants/variant-process.js'
import { NatsPublisher } from './nats-publisher.js'
import { NchanPublisher } from './nchan-publisher.js'
import { SocketIoPublisher } from './socket-io-publisher.js'

const [, , sim, peer, portText] = process.argv
const { sink, port } = await connect(peer, Number(portText))

endWithParent()
new SingleLoop(sim, sink).start()
announceListening(port)

async function connect(name: string | undefined, brokerPort: number): Promise<{ sink: FrameSink; port: number }> {
  switch (name) {
    case 'nats':
      return { sink: await NatsPublisher.connect(brokerPort), port: brokerPort }
    case 'nchan':
      return { sink: await NchanPublisher.connect(brokerPort), port: brokerPort }
    case 'socket.io': {
      const server = new SocketIoPublisher()
      return { sink: server, port: await server.listen() }
    }
    default:
      throw new Error(`unknown peer "${name}"; expected nats, nchan or socket.io`)
  }
}
