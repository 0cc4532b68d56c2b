// The guard in virtual time, on descriptors that the test opens; and the real counting and sparing of them.

import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import type { LogFields } from '@tradelane/shared/thread/log'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { CHECK_MS, CLOSED_MS_MIN, DescriptorGuard, EASY_CHECK_MS, OTHERS_MAX } from './descriptor-guard.js'
import { OpenDescriptors, SpareDescriptors } from './open-descriptors.js'

const PRODUCTS = 5
/** Of 32, and 8 for each product. */
const RESERVED = 72

test('a crowd that takes every descriptor finds the port closed, and the reserve free once no gateway listens', () => {
  const process = new ProcessFixture({ max: 256, own: 60 })
  process.guard.start()
  assert.equal(process.spares.count, RESERVED)
  process.strangers = process.unused
  process.pass(CHECK_MS)
  assert.deepEqual([process.gate.isClosed, process.spares.count], [true, RESERVED], 'a gateway still listens')
  process.pass(1_000)
  assert.equal(process.unused, 0)
  process.gate.setListening(0, false)
  process.pass(CHECK_MS)
  assert.equal(process.unused, RESERVED)
  process.pass(60_000)
  assert.deepEqual(
    [process.gate.isClosed, process.lines],
    [true, ['warn port closed: too many connections; connected clients stay']],
  )
})

test('when the crowd leaves, the reserve is held again and the port opens; both ways are logged', () => {
  const process = new ProcessFixture({ max: 256, own: 60 })
  process.guard.start()
  process.strangers = process.unused
  process.pass(CHECK_MS)
  process.gate.setListening(0, false)
  process.pass(CLOSED_MS_MIN)
  // Enough for the reserve, but for hardly any client.
  process.strangers -= 15
  process.pass(1_000)
  assert.ok(process.gate.isClosed)
  process.strangers -= 1
  process.pass(1_000)
  assert.deepEqual([process.gate.isClosed, process.spares.count, process.unused], [false, RESERVED, 16])
  assert.deepEqual(
    process.lines.map(line => line.split(' ', 3).join(' ')),
    ['warn port closed:', 'info port open'],
  )
  assert.deepEqual(process.gate.descriptors(), { open: 240, max: 256 })
})

test('the port stays closed for a while, and a crowd that comes and goes writes few lines', () => {
  const process = new ProcessFixture({ max: 256, own: 60 })
  process.guard.start()
  let closedCount = 0
  for (let ms = 0; ms < 30_000; ms += CHECK_MS) {
    const isClosed = process.gate.isClosed
    process.strangers = isClosed ? 0 : process.unused + process.strangers
    process.gate.setListening(0, !isClosed)
    process.pass(CHECK_MS)
    if (process.gate.isClosed && !isClosed) closedCount += 1
  }
  assert.ok(closedCount > 5 && closedCount <= 30_000 / CLOSED_MS_MIN, `${closedCount} times`)
  assert.ok(process.lines.length <= 8, process.lines.join('\n'))
})

test('many connections without a request close the port however many files may be open; clients do not', () => {
  const process = new ProcessFixture({ max: 1_000_000, own: 60 })
  process.guard.start()
  process.clients = 50_000
  process.strangers = OTHERS_MAX - 60
  process.pass(EASY_CHECK_MS)
  assert.equal(process.gate.isClosed, false)
  process.strangers += 1
  process.pass(CHECK_MS)
  process.gate.setListening(0, false)
  process.strangers = OTHERS_MAX - 300
  process.pass(5_000)
  assert.ok(process.gate.isClosed, 'not for a few that left')
  process.strangers = 0
  process.pass(CHECK_MS)
  assert.equal(process.gate.isClosed, false)
})

test('with few files the reserve is half of what threads leave, and one line says that clients are fewer', () => {
  const process = new ProcessFixture({ max: 128, own: 24 })
  process.guard.start()
  // 128 - 24 - 4 threads of 8.
  assert.equal(process.spares.count, 36)
  assert.match(process.lines[0] ?? '', /^warn the limit of open files is too low for CLIENTS_MAX/)
  assert.equal(process.fields[0]?.['clients'], 36)
})

test('after a stop nothing is held, and nothing is checked', () => {
  const process = new ProcessFixture({ max: 256, own: 60 })
  process.guard.start()
  process.guard.stop()
  assert.deepEqual([process.spares.count, process.timers.pendingCount], [0, 0])
})

test('where counting takes long, it is done seldom', () => {
  const process = new ProcessFixture({ max: 256, own: 60, countMs: 20 })
  process.guard.start()
  const before = process.countCount
  process.pass(10_000)
  assert.ok(process.countCount - before <= 10, `${process.countCount - before} times in 10 s`)
})

test('open descriptors are counted, and spare ones keep their places', () => {
  const descriptors = new OpenDescriptors()
  const spares = new SpareDescriptors()
  const before = descriptors.count()
  assert.ok(before > 2 && descriptors.max >= before)
  const one = openSync('/dev/null', 'r')
  assert.equal(descriptors.count(), before + 1)
  assert.ok(spares.take(10))
  assert.deepEqual([descriptors.count(), spares.count], [before + 11, 10])
  spares.release()
  closeSync(one)
  assert.deepEqual([descriptors.count(), spares.count], [before, 0])
  assert.equal(spares.take(descriptors.max), false, 'more than there are')
  assert.equal(descriptors.count(), before)
})

/** What is open in a process: its own, spare ones, clients, and connections without a request. */
class ProcessFixture {
  clients = 0
  strangers = 0
  countCount = 0
  readonly lines: string[] = []
  readonly fields: LogFields[] = []
  readonly timers = new VirtualTimers()
  readonly gate: PortGate
  readonly guard: DescriptorGuard
  readonly spares = new FakeSpares()
  readonly #max: number
  readonly #own: number

  constructor({ max, own, countMs = 0 }: { max: number; own: number; countMs?: number }) {
    this.#max = max
    this.#own = own
    const record =
      (level: string) =>
      (message: string, fields: LogFields = {}): void => {
        this.lines.push(`${level} ${message}`)
        this.fields.push(fields)
      }
    this.gate = new PortGate(createAdmission(1, 10))
    this.gate.setListening(0, true)
    const count = (): number => {
      this.countCount += 1
      this.timers.nowMs += countMs
      return this.#max - this.unused
    }
    this.guard = new DescriptorGuard({
      descriptors: { max, count },
      spares: this.spares,
      gate: this.gate,
      clientCount: () => this.clients,
      clientsMax: 50,
      threadCount: 4,
      productCount: PRODUCTS,
      log: { debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') },
      timers: this.timers,
      nowMs: () => this.timers.nowMs,
    })
  }

  get unused(): number {
    return this.#max - this.#own - this.spares.count - this.clients - this.strangers
  }

  pass(ms: number): void {
    this.timers.runUntil(this.timers.nowMs + ms)
  }
}

class FakeSpares {
  count = 0

  take(count: number): boolean {
    this.count = count
    return true
  }

  release(): void {
    this.count = 0
  }
}
