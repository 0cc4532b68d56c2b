import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clearAdmissionBlock, createAdmission } from './admission-layout.js'
import { ClientCounts, countClients, type Network } from './client-counts.js'
import { PortGate } from './port-gate.js'

const NO_LIMIT = { clientsMax: 1_000, clientsPerIpMax: 1_000 }

test('clients of all gateways count for one limit', () => {
  const admission = createAdmission(2, 3)
  const [first, second] = [new ClientCounts(admission, 0), new ClientCounts(admission, 1)]
  const limits = { clientsMax: 3, clientsPerIpMax: 3 }
  assert.deepEqual(
    [first.add(network(1), limits), second.add(network(2), limits), first.add(network(1), limits)],
    [null, null, null],
  )
  assert.equal(second.add(network(3), limits), 'total')
  assert.equal(countClients(admission), 3)
  first.remove(network(1))
  assert.equal(second.add(network(3), limits), null)
})

test('clients of one address count over all gateways, those of others do not', () => {
  const admission = createAdmission(2, 100)
  const [first, second] = [new ClientCounts(admission, 0), new ClientCounts(admission, 1)]
  const limits = { clientsMax: 100, clientsPerIpMax: 2 }
  assert.deepEqual([first.add(network(1), limits), second.add(network(1), limits)], [null, null])
  assert.deepEqual([first.add(network(1), limits), second.add(network(1), limits)], ['address', 'address'])
  assert.equal(second.add(network(2), limits), null)
  assert.equal(countClients(admission), 3, 'what was refused is not counted')
  second.remove(network(1))
  assert.equal(first.add(network(1), limits), null)
})

test('a gateway that exited leaves no count behind, whether the supervisor clears its block or its successor', () => {
  const admission = createAdmission(2, 10)
  const [dead, other] = [new ClientCounts(admission, 0), new ClientCounts(admission, 1)]
  other.add(network(1), NO_LIMIT)
  for (let count = 0; count < 5; count += 1) dead.add(network(1), NO_LIMIT)
  clearAdmissionBlock(admission, 0)
  assert.deepEqual([countClients(admission), other.clientsOf(network(1))], [1, 1])
  const successor = new ClientCounts(admission, 0)
  successor.add(network(1), NO_LIMIT)
  new ClientCounts(admission, 0)
  assert.deepEqual([countClients(admission), other.clientsOf(network(1))], [1, 1])
})

test('networks of one set have 16 places; one more is refused, and finds a place when another left', () => {
  // One set only.
  const admission = createAdmission(1, 1)
  const counts = new ClientCounts(admission, 0)
  for (let id = 0; id < 16; id += 1) assert.equal(counts.add(network(id), NO_LIMIT), null)
  assert.equal(counts.add(network(16), NO_LIMIT), 'address')
  assert.equal(countClients(admission), 16)
  counts.remove(network(3))
  assert.equal(counts.add(network(16), NO_LIMIT), null)
})

test('2,000 clients, each of an address of its own, all find a place', () => {
  const counts = new ClientCounts(createAdmission(1, 2_000), 0)
  for (let id = 0; id < 2_000; id += 1)
    assert.equal(counts.add(network(id), { clientsMax: 2_000, clientsPerIpMax: 1 }), null)
})

test('a client that was never counted cannot leave', () => {
  const counts = new ClientCounts(createAdmission(1, 10), 0)
  assert.throws(() => counts.remove(network(1)), { message: 'a client that leaves was counted' })
  counts.add(network(1), NO_LIMIT)
  counts.remove(network(1))
  assert.throws(() => counts.remove(network(1)), { message: 'a client that leaves was counted' })
})

test('in any order of joins, leaves and restarts of three gateways the counts are those of a list', () => {
  const step = fc.tuple(fc.constantFrom('join', 'join', 'join', 'leave', 'exit'), fc.nat(2), fc.nat(5))
  const limits = { clientsMax: 12, clientsPerIpMax: 4 }
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), steps => {
      const admission = createAdmission(3, limits.clientsMax)
      const gateways = [0, 1, 2].map(gateway => new ClientCounts(admission, gateway))
      const clients: (readonly [gateway: number, id: number])[] = []
      for (const [what, gateway, id] of steps) {
        const counts = gateways[gateway] as ClientCounts
        const ofAddress = clients.filter(client => client[1] === id).length
        if (what === 'join') {
          const expected =
            clients.length === limits.clientsMax ? 'total' : ofAddress === limits.clientsPerIpMax ? 'address' : null
          assert.equal(counts.add(network(id), limits), expected)
          if (expected === null) clients.push([gateway, id])
        } else if (what === 'leave') {
          const index = clients.findIndex(client => client[0] === gateway)
          if (index === -1) continue
          counts.remove(network((clients[index] as readonly [number, number])[1]))
          clients.splice(index, 1)
        } else {
          clearAdmissionBlock(admission, gateway)
          gateways[gateway] = new ClientCounts(admission, gateway)
          clients.splice(0, clients.length, ...clients.filter(client => client[0] !== gateway))
        }
        assert.equal(countClients(admission), clients.length)
        for (let each = 0; each <= 5; each += 1) {
          assert.equal(counts.clientsOf(network(each)), clients.filter(client => client[1] === each).length)
        }
      }
    }),
  )
})

test('the gate is open at first; gateways report whether they listen, and one that exited does not', () => {
  const admission = createAdmission(2, 10)
  const gate = new PortGate(admission)
  assert.deepEqual([gate.isClosed, gate.isListening], [false, false])
  gate.setListening(1, true)
  gate.close()
  assert.deepEqual([gate.isClosed, gate.isListening], [true, true])
  assert.throws(() => gate.close(), { message: 'a gate that is closed was open' })
  clearAdmissionBlock(admission, 1)
  assert.equal(gate.isListening, false)
  gate.open()
  gate.setDescriptors(7, Number.POSITIVE_INFINITY)
  assert.deepEqual([gate.isClosed, gate.descriptors()], [false, { open: 7, max: 2 ** 31 - 1 }])
})

/** `::/64` is the first: the words of a slot that was never used. */
function network(id: number): Network {
  return { highWord: id === 0 ? 0 : -1, lowWord: id }
}
