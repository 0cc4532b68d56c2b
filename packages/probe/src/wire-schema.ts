// What a client may receive, as strictly as possible: required keys and no others, numbers against strings, times with
// three or six digits, level order by exact decimals. Used by the probe and by tests, never by the data path.

import { STATUS_REASON_NAMES, WIRE_KINDS } from '@tradelane/shared/market/nouns'
import { compareDecimals, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { PRODUCTS } from '@tradelane/venues/registry'
import * as z from 'zod'

/** Null when `text` is a frame of the wire contract, otherwise what is wrong with it. */
export function checkFrame(text: string, options: { levelCountMax?: number } = {}): string | null {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  return checkParsedFrame(frame, text, options)
}

/** The same for a caller that has parsed the text already. */
export function checkParsedFrame(
  frame: unknown,
  text: string,
  options: { levelCountMax?: number } = {},
): string | null {
  const name = frameName(frame)
  const schema = FRAMES.get(name)
  if (schema === undefined) return `unknown frame ${name}`
  const isWelcome = text.includes(WELCOME_MARK)
  if (isWelcome && name !== 'welcome') return `${name} contains ${WELCOME_MARK}`
  if (!isWelcome && name === 'welcome') return `welcome without the bytes ${WELCOME_MARK}`
  const result = schema.safeParse(frame)
  if (!result.success) {
    const issue = result.error.issues[0]
    return `${name}: ${issue?.path.join('.')}: ${issue?.message}`
  }
  if (name !== 'order_book_l2') return null
  const { bids, asks } = (result.data as BookFrame).data.Snapshot
  return checkBook(bids.levels, asks.levels, options.levelCountMax ?? LEVEL_COUNT_MAX)
}

/** The largest `L2_DEPTH`. */
const LEVEL_COUNT_MAX = 200
/** Later terminals find the welcome by these bytes, so nothing else may contain them. */
const WELCOME_MARK = '"type":"welcome'

/** `kind` of an event, `type` of any other frame. */
function frameName(frame: unknown): string {
  if (typeof frame !== 'object' || frame === null) return 'that is no object'
  if ('type' in frame) return frame.type === 'gap' && 'reason' in frame ? `gap ${frame.reason}` : String(frame.type)
  return 'kind' in frame ? String(frame.kind) : 'without type and kind'
}

const exactlyDigits = (digits: string): RegExp =>
  new RegExp(`^\\d{4}-(0\\d|1[0-2])-([0-2]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.(${digits})Z$`)
const time = z
  .string()
  .regex(exactlyDigits('\\d{3}|\\d{6}'), 'not a UTC time with 3 or 6 digits')
  .refine(text => !Number.isNaN(Date.parse(text)), 'no such date')
const exchange = z.enum(PRODUCTS.map(product => product.exchange))
const assetName = z.string().regex(/^[^\sA-Z"\\]+$/, 'not a lower-case asset name')
const instrument = z.strictObject({ base: assetName, quote: assetName, kind: z.enum(['Spot', 'Perpetual']) })
const side = z.enum(['Buy', 'Sell'])
const positive = z.number().positive()
const figure = z.number().nonnegative()
const counter = z.int().nonnegative()
const tradeId = z.string().regex(/^[ -~]{1,64}$/, 'not 1 to 64 printable ASCII characters')
const decimalText = z.string().regex(/^\d{1,64}(\.\d{1,64})?$/, 'not decimal text')
const level = z.strictObject({
  amount: decimalText.refine(text => !isZeroDecimal(text), 'amount zero'),
  price: decimalText.refine(text => !isZeroDecimal(text), 'price zero'),
})
const levels = z.strictObject({ levels: z.array(level) })

function event<Name extends string, Payload extends z.ZodType>(kind: Name, payload: Payload) {
  return z.strictObject({
    time_exchange: time,
    time_received: time,
    exchange,
    instrument,
    kind: z.literal(kind),
    data: payload,
  })
}

const trade = event(
  'trade',
  z.strictObject({ amount: positive, amount_base: positive, id: tradeId, price: positive, side }),
).extend({ seq: counter.positive() })

const liquidation = event(
  'liquidation',
  z.strictObject({
    order_side: side,
    position_side: z.enum(['long', 'short']),
    price: positive,
    price_average: figure.nullable(),
    quantity: positive,
    quantity_base: positive,
    side,
    time,
  }),
).extend({ seq: counter.positive() })

const openInterest = event(
  'open_interest',
  z.strictObject({
    contracts: figure,
    contracts_base: figure,
    notional: figure.nullable(),
    notional_usd: figure.nullable(),
    time: time.nullable(),
  }),
)

const cumulativeVolumeDelta = event(
  'cumulative_volume_delta',
  z.strictObject({ complete: z.boolean(), delta_base: z.number(), delta_quote: z.number(), since: time }),
)

const top = event(
  'order_book_l1',
  z
    .strictObject({ best_ask: level.nullable(), best_bid: level.nullable(), last_update_time: time })
    .refine(
      ({ best_ask: ask, best_bid: bid }) => ask === null || bid === null || compareDecimals(bid.price, ask.price) < 0,
      'crossed or locked',
    ),
)

const book = event(
  'order_book_l2',
  z.strictObject({
    Snapshot: z.strictObject({
      asks: levels,
      bids: levels,
      confirmed: time,
      sequence: counter,
      time_engine: time.nullable(),
      unchanged_since: time,
    }),
  }),
)
type BookFrame = z.infer<typeof book>
type Level = z.infer<typeof level>

/** Order, crossing and size are checked outside the schema: one pass, first fault. */
function checkBook(bids: readonly Level[], asks: readonly Level[], levelCountMax: number): string | null {
  if (bids.length > levelCountMax || asks.length > levelCountMax)
    return `order_book_l2: more than ${levelCountMax} levels`
  const badBid = firstDisorder(bids, -1)
  if (badBid !== -1) return `order_book_l2: bid ${badBid} is not below the one before it`
  const badAsk = firstDisorder(asks, 1)
  if (badAsk !== -1) return `order_book_l2: ask ${badAsk} is not above the one before it`
  const [bid, ask] = [bids[0], asks[0]]
  if (bid === undefined || ask === undefined || compareDecimals(bid.price, ask.price) < 0) return null
  return `order_book_l2: crossed or locked, bid ${bid.price}, ask ${ask.price}`
}

/** Rank of the first level that does not follow its predecessor in `direction`, or -1. */
function firstDisorder(side: readonly Level[], direction: 1 | -1): number {
  for (let rank = 1; rank < side.length; rank += 1) {
    const [before, here] = [side[rank - 1], side[rank]]
    if (before === undefined || here === undefined) continue
    if (compareDecimals(here.price, before.price) * direction <= 0) return rank
  }
  return -1
}

const welcome = z.strictObject({
  message: z.string().min(1),
  timestamp: time,
  type: z.literal('welcome'),
  stream: z.string().regex(/^[0-9a-z]{8}$/, 'not 8 base-36 characters'),
  seq: counter,
  version: z.string().min(1),
})

const gapHead = { type: z.literal('gap'), lane: z.literal('trades'), stream: welcome.shape.stream }

const overrunGap = z
  .strictObject({ ...gapHead, reason: z.literal('overrun'), from: counter, to: counter, missed: counter.positive() })
  .refine(gap => gap.missed === gap.to - gap.from + 1, 'missed is not to - from + 1')

const unknownGap = { ...gapHead, from: z.null(), to: z.null(), missed: z.null() }
const restartGap = z.strictObject({ ...unknownGap, reason: z.literal('restart') })
const badSinceGap = z.strictObject({ ...unknownGap, reason: z.literal('bad_since') })

const upstreamGap = z.strictObject({
  ...gapHead,
  reason: z.literal('upstream'),
  seq: counter.positive(),
  from: z.null(),
  to: z.null(),
  missed: counter.nullable(),
  exchange,
  instrument,
  last_id: tradeId.nullable(),
  first_id: tradeId.nullable(),
  from_time: time.nullable(),
  to_time: time.nullable(),
})

const status = z.strictObject({
  type: z.literal('status'),
  product: z.enum(PRODUCTS.map(product => product.id)),
  exchange,
  instrument: instrument.nullable(),
  of: z.enum(WIRE_KINDS),
  state: z.enum(['live', 'stale', 'down']),
  since: time,
  reason: z.enum(Object.values(STATUS_REASON_NAMES)),
})

const FRAMES: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['trade', trade],
  ['liquidation', liquidation],
  ['open_interest', openInterest],
  ['cumulative_volume_delta', cumulativeVolumeDelta],
  ['order_book_l1', top],
  ['order_book_l2', book],
  ['welcome', welcome],
  ['gap overrun', overrunGap],
  ['gap restart', restartGap],
  ['gap bad_since', badSinceGap],
  ['gap upstream', upstreamGap],
  ['status', status],
])
