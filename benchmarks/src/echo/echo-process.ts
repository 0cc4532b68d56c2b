// Sends back what it receives. Reports its port to the parent process and ends with it.

import { type AddressInfo, createServer } from 'node:net'

const server = createServer({ noDelay: true }, socket => socket.on('data', bytes => socket.write(bytes)))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
