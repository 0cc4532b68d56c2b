// The comparison: a plain server with one process and one event loop, well written on `ws`, with Tradelane's own decoders, books
// and encoders, so that only the architecture differs. Venue frames, books and clients take turns on the loop.
// Arguments: the simulator's URL; `gated`: a client gets books and other state only while nothing is unsent to it.
// Sends `{type: 'listening', port}` to its parent and ends with it.

import { announceListening, endWithParent } from '../variant-process.js'
import { ClientServer } from './client-server.js'
import { SingleLoop } from './single-loop.js'

const [, , sim, gate] = process.argv
const clients = new ClientServer(() => loop.sequence, gate === 'gated' ? 0 : undefined)
const loop = new SingleLoop(sim, clients)

endWithParent()
loop.start()
announceListening(await clients.listen())
