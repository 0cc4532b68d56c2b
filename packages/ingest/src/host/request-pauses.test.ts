import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TRY_ALONE_MS_MAX } from '../limits.js'
import { RecordedLog } from '../test/recorded-log.js'
import { PAUSES } from './refusal.js'
import { RefusalPauses } from './refusal-pauses.js'
import { RequestPauses } from './request-pauses.js'

/** Two products of a host, as their connections see its pauses. */
class Fixture {
  nowMs = 0
  readonly pauses = new RefusalPauses({
    name: 'host',
    isAloneAtFirst: true,
    random: () => 0,
    limitedLog: new RecordedLog().limitedLog,
  })
  readonly spot = new RequestPauses(this.pauses, 'spot', () => this.nowMs)
  readonly swap = new RequestPauses(this.pauses, 'swap', () => this.nowMs)

  refuse(
    of: RequestPauses,
    isAgain: boolean,
    ...rest: [refusalClass: 'fault' | 'not-accepted', isOfSeveral?: boolean]
  ) {
    const [refusalClass, isOfSeveral] = rest
    of.began(isAgain)
    of.refused(isAgain, refusalClass, 'no', isOfSeveral)
  }
}

test('what is not accepted holds back no other request, only itself', () => {
  const fixture = new Fixture()
  const { spot } = fixture
  spot.began(false)
  spot.accepted(false)
  fixture.refuse(spot, false, 'not-accepted')
  assert.equal(spot.waitMs(false), 0)
  assert.ok(!spot.isPaused(false))
  assert.equal(spot.waitMs(true), PAUSES['not-accepted'].firstMs)
  for (let count = 0; count < 20; count += 1) {
    fixture.nowMs += PAUSES['not-accepted'].longestMs
    fixture.refuse(spot, true, 'not-accepted')
  }
  fixture.nowMs += TRY_ALONE_MS_MAX
  assert.equal(spot.waitMs(false), 0, 'one that is refused for hours')
})

test('where three requests in a row are not accepted, no request of the host is', () => {
  const fixture = new Fixture()
  const { spot, swap } = fixture
  fixture.refuse(spot, false, 'not-accepted', true)
  fixture.refuse(spot, false, 'not-accepted')
  assert.equal(spot.waitMs(false), 0)
  fixture.refuse(spot, false, 'not-accepted')
  assert.equal(spot.waitMs(false), PAUSES['not-accepted'].firstMs)
  fixture.refuse(swap, false, 'not-accepted')
  assert.ok(swap.waitMs(false) > 0, 'of the other product one is enough')
  fixture.nowMs = 2 * PAUSES['not-accepted'].longestMs
  spot.began(false)
  spot.accepted(false)
  assert.deepEqual([spot.waitMs(false), swap.waitMs(false)], [0, 0])
})

test('a fault of the venue holds back what is requested again as well, and one try finds out for both', () => {
  const fixture = new Fixture()
  const { spot, swap } = fixture
  fixture.refuse(spot, true, 'fault')
  assert.deepEqual([spot.waitMs(false), spot.waitMs(true)], [PAUSES.fault.firstMs, PAUSES.fault.firstMs])
  assert.equal(swap.waitMs(false), 0)
  fixture.nowMs = PAUSES.fault.firstMs
  spot.began(true)
  assert.equal(spot.waitMs(false), TRY_ALONE_MS_MAX)
  spot.accepted(true)
  assert.equal(spot.waitMs(false), 0)
})
