// Which class each error code and text of a venue has, in REST answers and in answers to requests on sockets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusalClass } from './refusal-class.js'
import { productById } from './registry.js'
import type { Product } from './venue.js'

const BINANCE: Partial<Record<RefusalClass, readonly number[]>> = {
  fault: [-1000, -1001, -1006, -1007, -1008, -1016],
  'too-often': [-1003, -1015],
  'does-not-exist': [-1121],
}
const OKX: Partial<Record<RefusalClass, readonly number[]>> = {
  fault: [50_001, 50_004, 50_013, 50_026, 63_999],
  'too-often': [50_011, 50_061, 60_014],
  'does-not-exist': [60_018, 51_001],
}
const BYBIT: Partial<Record<RefusalClass, readonly number[]>> = {
  fault: [10_000, 10_016],
  'too-often': [10_006, 10_018],
  banned: [10_009],
  unlawful: [10_024],
}
const BYBIT_TEXTS: readonly (readonly [text: string, refusalClass: RefusalClass])[] = [
  ['error:handler not found,topic:publicTrade.NONE', 'does-not-exist'],
  ['error:too many requests', 'too-often'],
  ['error:internal error', 'fault'],
  ['error:invalid op', 'not-accepted'],
]

function each(
  classes: Partial<Record<RefusalClass, readonly number[]>>,
  check: (code: number, refusalClass: RefusalClass) => void,
): void {
  for (const [refusalClass, codes] of Object.entries(classes)) {
    for (const code of codes) check(code, refusalClass as RefusalClass)
  }
}

function product(id: string): Product {
  const found = productById(id)
  assert(found !== undefined)
  return found
}

function classOfAnswer(id: string, answer: object): RefusalClass | undefined {
  const control = product(id).readControl(Buffer.from(JSON.stringify(answer)))
  return control.kind === 'rejected' ? control.refusalClass : undefined
}

test('Binance, by code, flat or nested', () => {
  for (const id of ['binance-spot', 'binance-futures']) {
    const { refusalOf } = product(id).depth.budget
    each(BINANCE, (code, refusalClass) => {
      assert.equal(refusalOf(`{"code":${code},"msg":"no"}`), refusalClass)
      assert.equal(classOfAnswer(id, { code, msg: 'no', id: 1 }), refusalClass)
      assert.equal(classOfAnswer(id, { error: { code, msg: 'no' }, id: 1 }), refusalClass)
    })
    assert.equal(refusalOf('{"code":-4000,"msg":"no"}'), null)
    assert.equal(classOfAnswer(id, { error: { code: 2, msg: 'Invalid request' }, id: 1 }), 'not-accepted')
  }
})

test('OKX, by code', () => {
  for (const id of ['okx-spot', 'okx-swap']) {
    const { refusalOf } = product(id).depth.budget
    each(OKX, (code, refusalClass) => {
      assert.equal(refusalOf(`{"code":"${code}","msg":"no","data":[]}`), refusalClass)
      assert.equal(classOfAnswer(id, { event: 'error', code: String(code), msg: 'no', id: '1' }), refusalClass)
    })
    assert.equal(refusalOf('{"code":"0","msg":"","data":[]}'), null)
    assert.equal(classOfAnswer(id, { event: 'error', code: '60012', msg: 'Invalid request' }), 'not-accepted')
  }
})

test('Bybit, REST by code and sockets by text', () => {
  for (const id of ['bybit-spot', 'bybit-linear']) {
    const { refusalOf } = product(id).depth.budget
    each(BYBIT, (code, refusalClass) => assert.equal(refusalOf(`{"retCode":${code},"retMsg":"no"}`), refusalClass))
    assert.equal(refusalOf('{"retCode":0,"retMsg":"OK"}'), null)
    for (const [text, refusalClass] of BYBIT_TEXTS) {
      const answer = { success: false, ret_msg: text, conn_id: 'c', req_id: '1', op: 'subscribe' }
      assert.equal(classOfAnswer(id, answer), refusalClass)
    }
  }
})

test('what is no refusal, or cannot be read, has no class', () => {
  for (const id of ['binance-spot', 'bybit-linear', 'okx-swap']) {
    const { refusalOf } = product(id).depth.budget
    for (const text of ['', '<html></html>', '[]', 'null', '{"code":{},"retCode":[]}'])
      assert.equal(refusalOf(text), null)
  }
})
