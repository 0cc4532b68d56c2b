import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOP_NAMES, Hop, HopHistograms, readHopCounts, readHops } from './hop-histograms.js'
import { BUCKET_COUNT, bucketEndUs, bucketOf, createTraces, HOP_US_MAX } from './trace-layout.js'

const hopUs = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: HOP_US_MAX }))

test('a bucket begins where the one before it ends, and is at most 3 % wide', () => {
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
    const [startUs, endUs] = [bucket === 0 ? 0 : bucketEndUs(bucket - 1), bucketEndUs(bucket)]
    assert.equal(bucketOf(startUs), bucket)
    assert.equal(bucketOf(endUs - 1), bucket)
    assert.ok(endUs - startUs <= Math.max(1, startUs / 32), `bucket ${bucket}: ${startUs} to ${endUs}`)
  }
})

test('percentiles are never understated and never more than a bucket too high', () => {
  fc.assert(
    fc.property(fc.array(hopUs, { minLength: 1, maxLength: 200 }), values => {
      const traces = createTraces(1)
      const hops = new HopHistograms(traces, 0)
      for (const us of values) hops.count(0, Hop.total, us)
      const { total } = readHops(traces)
      const sorted = [...values].sort((one, other) => one - other)
      assert.equal(total.count, values.length)
      assert.equal(total.maxUs, sorted.at(-1))
      for (const [share, reported] of [
        [0.5, total.p50Us],
        [0.99, total.p99Us],
        [0.999, total.p999Us],
      ] as const) {
        const exact = sorted[Math.max(0, Math.ceil(values.length * share) - 1)] as number
        assert.ok(reported >= exact && reported <= exact * (1 + 1 / 32) + 1, `${share}: ${reported} for ${exact}`)
      }
    }),
  )
})

test('figures are over all threads, for each hop', () => {
  const traces = createTraces(3)
  new HopHistograms(traces, 0).count(0, Hop.decode, 10)
  new HopHistograms(traces, 1).count(0, Hop.total, 100)
  new HopHistograms(traces, 2).count(0, Hop.total, 300)
  const hops = readHops(traces)
  assert.deepEqual(
    HOP_NAMES.map(name => [name, hops[name].count, hops[name].maxUs]),
    [
      ['arrival', 0, 0],
      ['decode', 1, 10],
      ['pickup', 0, 0],
      ['send', 0, 0],
      ['total', 2, 300],
    ],
  )
  assert.equal(hops.total.p50Us, bucketEndUs(bucketOf(100)))
  assert.equal(hops.arrival.p99Us, 0)
})

test('each product has its own counts; a product without a part in the traces is refused', () => {
  const traces = createTraces(2, 3)
  const [ingest, gateway] = [new HopHistograms(traces, 0), new HopHistograms(traces, 1)]
  ingest.count(0, Hop.total, 5)
  ingest.count(2, Hop.total, 40)
  gateway.count(2, Hop.total, 0)
  gateway.count(2, Hop.send, 7)
  const countsOf = (...products: number[]): unknown => {
    const { maxUs, counts } = readHopCounts(traces, products, 'total')
    return [maxUs, [...counts.entries()].filter(([, count]) => count > 0)]
  }
  const after40 = [bucketOf(40), 1]
  assert.deepEqual(countsOf(0), [5, [[5, 1]]])
  assert.deepEqual(countsOf(1), [0, []])
  assert.deepEqual(countsOf(2), [40, [[0, 1], after40]])
  assert.deepEqual(countsOf(0, 2), [40, [[0, 1], [5, 1], after40]])
  assert.equal(readHops(traces).total.count, 3)
  assert.throws(() => ingest.count(3, Hop.total, 1), /a product of the traces/)
})

test('a negative hop counts as 0, an endless one as the longest', () => {
  const traces = createTraces(1)
  const hops = new HopHistograms(traces, 0)
  for (const us of [-5, -0.5, Number.NaN, 0.9]) hops.count(0, Hop.arrival, us)
  for (const us of [1e9, Number.POSITIVE_INFINITY]) hops.count(0, Hop.pickup, us)
  const { arrival, pickup, decode } = readHops(traces)
  assert.deepEqual([arrival.count, arrival.maxUs], [4, 0])
  assert.deepEqual([pickup.count, pickup.maxUs, pickup.p50Us], [2, HOP_US_MAX, HOP_US_MAX])
  assert.equal(decode.count, 0)
})

test('a restarted thread continues the counts of its predecessor', () => {
  const traces = createTraces(2)
  new HopHistograms(traces, 1).count(0, Hop.send, 7)
  const successor = new HopHistograms(traces, 1)
  successor.count(0, Hop.send, 3)
  assert.deepEqual([readHops(traces).send.count, readHops(traces).send.maxUs], [2, 7])
})

test('memory that is not traces of this version is refused, and so is a thread without a block', () => {
  assert.throws(() => new HopHistograms(new SharedArrayBuffer(1_024), 0), /not traces of this version/)
  assert.throws(() => new HopHistograms(createTraces(2), 2), /no such thread/)
})
