// Sends back what it gets. Says its port to its parent and ends with it.

import { type AddressInfo, createServer } from 'node:net'

const server = createServer({ noDelay: true }, socket => socket.on('data', bytes => socket.write(bytes)))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
