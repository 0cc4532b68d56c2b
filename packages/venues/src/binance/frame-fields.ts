import { type FieldsByClass, FrameClass } from '../frame-class.js'
import { below, frameFields } from '../frame-fields.js'

const STREAM = 'stream'
// `a`, `f` and `l` are of aggregate trades; `a` and `b`, order ids, of older single ones. `X` says how a trade came about.
const TRADE = below('data', 'e E! T! s t a b p q nq f l m M X st')
const TOP = below('data', 'e u! s ps b B a A T E st')
const DEPTH = below('data', 'e E! T s ps U! u! pu b a st')
const LIQUIDATION = [below('data', 'e E! st'), below('data.o', 's ps S o f q p ap X l z T! st')]

/** The same of both products: what only one has now, the other may have next. */
export const binanceFrameFields: FieldsByClass = {
  [FrameClass.trade]: frameFields(STREAM, TRADE),
  [FrameClass.liquidation]: frameFields(STREAM, ...LIQUIDATION),
  [FrameClass.top]: frameFields(STREAM, TOP),
  [FrameClass.depth]: frameFields(STREAM, DEPTH),
}
