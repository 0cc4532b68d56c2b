import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textFrame } from './frames.js'
import { type Subscriber, Topic, Topics } from './topics.js'

const TEXT = '{"e":"trade","E":1764110000000,"s":"BTCUSDT","T":1764110000001}'

test('each subscriber gets the form that it chose, and subscribers of one form get one frame', () => {
  const topic = new Topic('btcusdt@trade', 'trade')
  const sent: Buffer[] = []
  const subscribe = (isCombined: boolean, isInMicroseconds: boolean): void =>
    topic.add({ isCombined, isInMicroseconds, unsentBytes: 0, send: frame => void sent.push(frame) })
  subscribe(false, false)
  subscribe(false, false)
  subscribe(true, false)
  subscribe(true, true)
  topic.publish(TEXT)
  assert.equal(sent[0], sent[1])
  const inMicroseconds = TEXT.replace(/\d{13}/g, '$&000')
  assert.deepEqual(sent.slice(1), [
    textFrame(TEXT),
    textFrame(`{"stream":"btcusdt@trade","data":${TEXT}}`),
    textFrame(`{"stream":"btcusdt@trade","data":${inMicroseconds}}`),
  ])
})

test('a topic remembers that it was subscribed', () => {
  const topic = new Topic('books:BTC-USDT', 'book')
  const subscriber: Subscriber = { isCombined: false, isInMicroseconds: false, unsentBytes: 0, send: () => undefined }
  assert.deepEqual([topic.hasSubscribers, topic.wasSubscribed], [false, false])
  topic.add(subscriber)
  topic.remove(subscriber)
  assert.deepEqual([topic.hasSubscribers, topic.wasSubscribed], [false, true])
})

test('a second topic of the same name is refused', () => {
  const topics = new Topics()
  const topic = topics.add(new Topic('tickers.BTCUSDT', 'state'))
  assert.equal(topics.find('tickers.BTCUSDT'), topic)
  assert.throws(() => topics.add(new Topic('tickers.BTCUSDT', 'state')), /added once/)
})
