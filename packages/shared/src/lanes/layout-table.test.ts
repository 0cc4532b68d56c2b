// The layouts of shared memory as a table, compared with the stored one, so that review shows every change of a layout. After
// an intended change: raise the layout's version, and store the table with UPDATE_LAYOUT_TABLE=1.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type InstrumentId, Kind, type ProductIndex } from '../market/nouns.js'
import * as admissionLayout from '../thread/admission-layout.js'
import { createClock } from '../thread/clock.js'
import * as controlLayout from '../thread/control-layout.js'
import { createControlBlock } from '../thread/parking.js'
import * as traceLayout from '../trace/trace-layout.js'
import { createBoard } from './board.js'
import * as boardLayout from './board-layout.js'
import { createClientTable } from './client-table.js'
import * as clientTableLayout from './client-table-layout.js'
import { createDepthRing } from './depth-ring.js'
import * as depthRingLayout from './depth-ring-layout.js'
import { createTradeLog } from './trade-log.js'
import * as tradeLogLayout from './trade-log-layout.js'

const STORED = new URL('../../src/lanes/layout-table.txt', import.meta.url)

const CELL = {
  kind: Kind.orderBookL1,
  about: Kind.orderBookL1,
  instrument: 0 as InstrumentId,
  product: 0 as ProductIndex,
}

const LAYOUTS: readonly [string, object, Record<string, number>][] = [
  ['control-layout.ts', controlLayout, { 'whole block, 3 threads': createControlBlock(3).byteLength }],
  [
    'trade-log-layout.ts',
    tradeLogLayout,
    {
      'slots for 1': tradeLogLayout.slotCountFor(1),
      'slots for 10,000': tradeLogLayout.slotCountFor(10_000),
      'tag of sequence 1': tradeLogLayout.tagOf(1),
      'tag of sequence 2^30 - 1': tradeLogLayout.tagOf(2 ** 30 - 1),
      'whole log, 1,000 records': createTradeLog(1_000).byteLength,
    },
  ],
  [
    'board-layout.ts',
    boardLayout,
    {
      'buffer, cells of 512': boardLayout.bufferBytes(512),
      'whole board, 3 cells of 509': createBoard([CELL, CELL, CELL], 509).byteLength,
    },
  ],
  [
    'depth-ring-layout.ts',
    depthRingLayout,
    {
      'data offset, 1 instrument': depthRingLayout.dataOffset(1),
      'data offset, 33 instruments': depthRingLayout.dataOffset(33),
      'record of no frame': depthRingLayout.recordBytes(0),
      'record of a frame of 512': depthRingLayout.recordBytes(512),
      'record of a frame of 513': depthRingLayout.recordBytes(513),
      'whole ring of 65,536, 33 instruments': createDepthRing({ bytes: 65_536, instrumentCount: 33 }).byteLength,
    },
  ],
  [
    'client-table-layout.ts',
    clientTableLayout,
    {
      'figures of a row': clientTableLayout.FIGURES.length,
      'whole table, 2 gateways, 3 rows': createClientTable({ gatewayCount: 2, rowsMax: 3 }).byteLength,
    },
  ],
  [
    'trace-layout.ts',
    traceLayout,
    {
      'bucket of 31 µs': traceLayout.bucketOf(31),
      'bucket of 64 µs': traceLayout.bucketOf(64),
      'end of bucket 64': traceLayout.bucketEndUs(64),
      'whole traces, 3 threads, 2 products': traceLayout.createTraces(3, 2).byteLength,
    },
  ],
  [
    'admission-layout.ts',
    admissionLayout,
    {
      'sets for 1 client': admissionLayout.setCountFor(1),
      'sets for 2,000 clients': admissionLayout.setCountFor(2_000),
      'whole block, 2 gateways of 2,000 clients': admissionLayout.createAdmission(2, 2_000).byteLength,
    },
  ],
  ['clock.ts', {}, { 'whole clock': createClock().byteLength }],
]

test('the layouts of shared memory are the stored ones', t => {
  const table = layoutTable()
  for (const line of table.split('\n')) t.diagnostic(line)
  if (process.env['UPDATE_LAYOUT_TABLE'] === '1') writeFileSync(STORED, table)
  assert.equal(table, readFileSync(STORED, 'utf8'))
})

function layoutTable(): string {
  return LAYOUTS.map(([file, constants, sizes]) => {
    const numbers = Object.entries(constants).filter(([, value]) => typeof value === 'number')
    const rows = [...numbers, ...Object.entries(sizes)].map(([name, value]) => `  ${name.padEnd(40)} ${value}\n`)
    return `${file}\n${rows.join('')}`
  }).join('\n')
}
