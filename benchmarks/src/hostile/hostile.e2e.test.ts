// Every attack for about a second on the real product, over real sockets, with trades flowing: judged by the processor time for
// which the gateway did not look for trades, by memory, by what is counted and refused, and by what honest clients lose. Nothing
// of it depends on the speed of the machine; `npm run hostile` measures the latency.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { ATTACKS } from './attack-table.js'
import { writeCertificate } from './certificate.js'
import { EXPECTATIONS } from './expectations.js'
import { TOGETHER } from './options.js'
import { type Trial, TrialGround } from './trial.js'

/** Honest clients have its code compiled before the first attack. How many trades flow beside the attacks is not judged. */
const LOAD = { scenario: 'quiet', tradeRate: 150, seed: 1, env: { WARM_UP_MS: '0' } }
const LONG_LOG = { ...LOAD, tradeRate: 2_000, env: { ...LOAD.env, WS_TRADES_BUFFER: '25000' } }
const SHARE_TOGETHER = 0.2

describe('on the ports of clients and admin', () => {
  let ground: TrialGround
  before(async () => {
    ground = await TrialGround.open(LOAD)
  })
  after(async () => {
    await ground.close()
  })
  const attacks = ATTACKS.filter(({ door }) => door !== 'guarded')

  for (const { name, about } of attacks.filter(({ name }) => !isOfLongLog(name))) {
    test(`${name}: ${about}`, async t => judge(t, await ground.attack(name, [name], 1)))
  }
  test('all of them at once', async t => {
    const names = attacks.map(({ name }) => name)
    judge(t, await ground.attack(TOGETHER, names, SHARE_TOGETHER))
  })
})

describe('on the port of clients, with a long log', () => {
  let ground: TrialGround
  before(async () => {
    ground = await TrialGround.open(LONG_LOG)
  })
  after(async () => {
    await ground.close()
  })

  for (const { name, about } of ATTACKS.filter(({ name }) => isOfLongLog(name))) {
    test(`${name}: ${about}`, async t => judge(t, await ground.attack(name, [name], 1)))
  }
})

describe('on the port of clients with TLS, token and origins', () => {
  let ground: TrialGround
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradelane-certificate-'))
    ground = await TrialGround.open({ ...LOAD, guard: await writeCertificate(folder) })
  })
  after(async () => {
    await ground.close()
    await rm(folder, { recursive: true, force: true })
  })

  for (const { name, about } of ATTACKS.filter(({ door }) => door === 'guarded')) {
    test(`${name}: ${about}`, async t => {
      assert.match(ground.url, /^wss:/)
      judge(t, await ground.attack(name, [name], 1))
    })
  }
})

/** The kernel takes megabytes before a byte is left in a buffer. */
function isOfLongLog(name: string): boolean {
  return EXPECTATIONS[name]?.full === 'bufferedBytes'
}

function judge(t: TestContext, { faults, record, blocks, latency }: Trial): void {
  const { memory, counted, tallies } = record
  const ms = (us: number | null | undefined): string =>
    us === null || us === undefined ? '–' : (us / 1_000).toFixed(1)
  t.diagnostic(
    `longest block ${ms(blocks.longestUs)} ms, all ${ms(blocks.betweenUs)} ms; trades p50 ${ms(latency?.p50Us)}, ` +
      `max ${ms(latency?.maxUs)} ms; ${blocks.sendsBetweenLooks} trades sent without a look; ` +
      `memory ${megabytes(memory.startBytes)} → ${megabytes(memory.peakBytes)} MB`,
  )
  t.diagnostic(`counted ${JSON.stringify(counted)}; seen by attackers ${JSON.stringify(tallies)}`)
  assert.deepEqual(faults, [])
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
