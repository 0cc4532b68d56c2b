import { type FieldsByClass, FrameClass } from '../frame-class.js'
import { below, frameFields } from '../frame-fields.js'

const HEAD = 'topic type ts! cts cs'
const PRICES = 'symbol lastPrice highPrice24h lowPrice24h prevPrice24h volume24h turnover24h price24hPcnt usdIndexPrice'
const DERIVATIVE =
  'tickDirection prevPrice1h markPrice indexPrice openInterest openInterestValue singleOpenInterest singleOpenInterestValue'
const FUNDING = 'fundingRate fundingIntervalHour fundingCap nextFundingTime bid1Price bid1Size ask1Price ask1Size'
const DELIVERY = 'deliveryTime basis basisRate basisRateYear deliveryFeeRate predictedDeliveryPrice'
const LISTING = 'preOpenPrice preQty curPreListingPhase'
const TICKER = [PRICES, DERIVATIVE, FUNDING, DELIVERY, LISTING].map(fields => below('data', fields))
const BOOK = below('data', 's b a u seq')

export const bybitFrameFields: FieldsByClass = {
  [FrameClass.trade]: frameFields(HEAD, below('data[]', 'T! s S v p L i! BT RPI seq mP iP mIv iv')),
  // The older topic has one object.
  [FrameClass.liquidation]: frameFields(
    HEAD,
    below('data[]', 'T! s S v p'),
    below('data', 'updatedTime symbol side size price'),
  ),
  // Sent again without a change, with another `ts`.
  [FrameClass.top]: frameFields(HEAD, BOOK),
  [FrameClass.openInterest]: frameFields(HEAD, ...TICKER),
  [FrameClass.depth]: frameFields(HEAD, BOOK),
}
