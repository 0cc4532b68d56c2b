import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CellStatus, Kind, SUBSCRIBED_KINDS } from '@tradelane/shared/market/nouns'
import { until } from './test/recorded-log.js'
import type { RestScript, ScriptedVenue } from './test/scripted-venue.js'
import { bybitRest, peerOf, TestIngest } from './test/test-ingest.js'
import { BINANCE, BYBIT, type TestLanes } from './test/test-lanes.js'
import { aggTrade, publicTrade } from './test/venue-frames.js'

const MIB = 1 << 20

function areTradesLive(lanes: TestLanes, product: typeof BINANCE): boolean {
  return lanes.link(product, Kind.trade).status === CellStatus.live
}

/** What Bybit does from the start; the list of instruments is requested before anything else. */
const faults: Record<string, (bybit: ScriptedVenue) => Promise<void> | void> = {
  'refuses TCP connections': bybit => bybit.refuseAll(),
  'accepts connections and says nothing': bybit => {
    bybit.upgrades = 'mute'
    bybit.rest = () => undefined
  },
  'opens sockets and never acknowledges': bybit => {
    bybit.onPeer = () => undefined
  },
  'answers every upgrade with an error': bybit => {
    bybit.upgrades = 'refuse'
  },
  'cuts every socket as soon as it is open': bybit => {
    bybit.onPeer = peer => peer.cut()
  },
  'refuses every subscription': bybit => {
    bybit.onPeer = peer => {
      peer.answer = text => {
        const { req_id: id, op } = JSON.parse(text)
        return JSON.stringify({ success: false, ret_msg: 'error:no', conn_id: 'c', req_id: id, op })
      }
    }
  },
  'floods its sockets with garbage': bybit => {
    bybit.onPeer = peer => {
      const timer = setInterval(() => {
        if (!peer.isOpen) clearInterval(timer)
        else for (let index = 0; index < 200; index += 1) peer.send('{"topic":"orderbook.200.BTCUSDT","data":')
      }, 5)
      timer.unref()
    }
  },
}

/** What Bybit answers to the request for its instruments; its sockets are fine. */
const badLists: Record<string, RestScript> = {
  'never answers': () => undefined,
  'answers with a web page': (_path, response) => response.end('<html><body>maintenance</body></html>'),
  'answers with an error': (_path, response) => response.writeHead(503).end('busy'),
  'answers with an error in JSON': (_path, response) => response.end('{"retCode":10006,"retMsg":"too many"}'),
  'answers with 10 MB of garbage': (_path, response) => response.end(Buffer.alloc(10 * MIB, 0x7b)),
  'answers with 10 MB that begin well': (_path, response) =>
    response.end(`{"retCode":0,"result":{"list":[${'{"symbol":5},'.repeat(800_000)}`),
  'answers with wrong types': (_path, response) =>
    response.end('{"retCode":0,"result":{"list":[null,7,{"symbol":{}},{"symbol":"BTCUSDT","status":[]}],"x":{}}}'),
  'answers with an empty list': (_path, response) => response.end('{"retCode":0,"result":{"list":[]}}'),
  'answers pages without end': (_path, response) =>
    response.end('{"retCode":0,"result":{"list":[{"symbol":"BTCUSDT","status":"Trading"}],"nextPageCursor":"again"}}'),
  'answers without end': (_path, response) => {
    const chunk = Buffer.alloc(MIB, 0x20)
    const pump = (): void => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', pump)
    pump()
  },
  'drips its answer': (_path, response) => {
    const timer = setInterval(() => response.write(' '), 50)
    response.once('close', () => clearInterval(timer))
  },
  'cuts in the middle of its answer': (_path, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"retCode":0')
    setTimeout(() => response.destroy(), 20)
  },
}

/** Binance sends one trade after another for as long as Bybit is bad. */
async function workThrough(ingest: TestIngest, ms: number): Promise<void> {
  const { lanes } = ingest
  await until('Binance is live', () => areTradesLive(lanes, BINANCE))
  const market = await peerOf(ingest.binance, 'btcusdt@aggTrade')
  const untilMs = performance.now() + ms
  let worstMs = 0
  for (let id = 1; performance.now() < untilMs; id += 1) {
    const [sentMs, waitedMs] = [performance.now(), ingest.cpuWaitMs()]
    market.send(aggTrade(id))
    await until('the trade came', () => lanes.count('tradesPublished') >= id)
    // That other programs have the CPU is not the other venue's doing.
    worstMs = Math.max(worstMs, performance.now() - sentMs - (ingest.cpuWaitMs() - waitedMs))
    await sleep(10)
  }
  assert.ok(worstMs < 1_000, `a trade of Binance took ${Math.round(worstMs)} ms`)
  assert.ok(market.isOpen)
  const isLive = (): boolean => SUBSCRIBED_KINDS.every(kind => lanes.link(BINANCE, kind).status === CellStatus.live)
  await until('every feed of Binance is live', isLive)
}

async function bad(script: (bybit: ScriptedVenue) => Promise<void> | void): Promise<TestIngest> {
  const ingest = await TestIngest.open(({ bybit }) => script(bybit))
  after(() => ingest.stop())
  return ingest
}

describe('while another venue, from the start,', { concurrency: 3 }, () => {
  for (const [name, script] of Object.entries(faults)) {
    test(`${name}, this one works`, async () => {
      const ingest = await bad(script)
      await workThrough(ingest, 800)
      assert.ok(!areTradesLive(ingest.lanes, BYBIT))
      assert.equal(await ingest.stop(), 0)
    })
  }

  for (const [name, rest] of Object.entries(badLists)) {
    test(`${name} to the request for its instruments, this one works`, async () => {
      const ingest = await bad(bybit => {
        bybit.rest = rest
      })
      await workThrough(ingest, 400)
      assert.equal(await ingest.stop(), 0)
    })
  }
})

describe('a venue that was bad at the start', { concurrency: 2 }, () => {
  test('works as soon as it is back', async () => {
    const ingest = await bad(bybit => bybit.refuseAll())
    await workThrough(ingest, 300)
    await ingest.bybit.listen()
    await until('Bybit is live', () => areTradesLive(ingest.lanes, BYBIT), 8_000)
    const count = ingest.lanes.count('tradesPublished')
    ;(await peerOf(ingest.bybit, 'publicTrade.BTCUSDT')).send(publicTrade('a'))
    await until('its trade came', () => ingest.lanes.count('tradesPublished') === count + 1)
  })

  test('and does not list its instruments is subscribed without, after a short while, with a warning', async () => {
    const ingest = await bad(bybit => {
      bybit.rest = () => undefined
    })
    await until('Bybit is live', () => areTradesLive(ingest.lanes, BYBIT))
    assert.ok(ingest.log.has(/instrument list is late.*bybit-linear/))
  })

  test('and sends an invalid list of instruments is subscribed without, at once', async () => {
    const ingest = await bad(bybit => {
      bybit.rest = badLists['answers with a web page'] as RestScript
    })
    await until('Bybit serves', () => areTradesLive(ingest.lanes, BYBIT))
    assert.ok(!ingest.log.has(/instrument list is late/), 'it was not waited for')
    assert.ok(ingest.log.has(/instrument list could not be read.*invalid answer.*<html>.*expected a JSON object/))
  })

  test('later on, is retried while the other one works, and comes back', async () => {
    const ingest = await bad(bybit => {
      bybit.rest = bybitRest()
    })
    await until('Bybit is live', () => areTradesLive(ingest.lanes, BYBIT))
    await ingest.bybit.refuseAll()
    await until('Bybit is down', () => !areTradesLive(ingest.lanes, BYBIT))
    await workThrough(ingest, 500)
    await ingest.bybit.listen()
    await until('Bybit is live again', () => areTradesLive(ingest.lanes, BYBIT), 8_000)
  })
})
