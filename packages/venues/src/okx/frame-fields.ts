import { type FieldsByClass, FrameClass } from '../frame-class.js'
import { below, frameFields } from '../frame-fields.js'

const HEAD = 'arg.channel arg.instId arg.instType arg.instFamily arg.uly action'
const DETAILS = below('data[].details[]', 'bkLoss bkPx ccy posSide side sz ts')

export const okxFrameFields: FieldsByClass = {
  [FrameClass.trade]: frameFields(HEAD, below('data[]', 'instId tradeId! px sz side ts! count source seqId event')),
  // The same liquidation comes again with the next ones.
  [FrameClass.liquidation]: frameFields(HEAD, DETAILS, below('data[]', 'instFamily instId instType uly')),
  // Of `bbo-tbt`, and of the tickers of older recordings.
  [FrameClass.top]: frameFields(
    HEAD,
    below('data[]', 'asks bids ts! seqId checksum instType instId last lastSz askPx askSz bidPx bidSz'),
    below('data[]', 'open24h high24h low24h sodUtc0 sodUtc8 volCcy24h vol24h'),
  ),
  [FrameClass.openInterest]: frameFields(HEAD, below('data[]', 'instId instType oi oiCcy oiUsd ts!')),
  // `checksum` is 0 in every frame of today; a frame without a change repeats `seqId`.
  [FrameClass.depth]: frameFields(HEAD, below('data[]', 'asks bids ts! checksum seqId prevSeqId')),
}
