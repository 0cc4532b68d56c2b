// An order book as clients read it: always a complete `Snapshot` of the best levels, in the venue's own decimal text. Runs in
// L2 workers, once per emission; the book board is next.

import type { LevelTexts } from '../market/market-events.js'
import type { WallUs } from '../market/nouns.js'
import type { InstrumentWire } from './instrument-wire.js'
import { packTransient } from './msgpack.js'
import { isoMs, isoUs } from './timestamps.js'

export interface BookEmission {
  /** The venue's own number of this state of the book. */
  readonly sequence: number
  readonly engineUs: WallUs | null
  readonly venueUs: WallUs
  readonly receivedUs: WallUs
  /** When it changed last, and when the venue last showed that this is its newest state. */
  readonly unchangedSinceUs: WallUs
  readonly confirmedUs: WallUs
  /** Best first. */
  readonly bids: LevelTexts
  readonly asks: LevelTexts
}

/** The first `levelCount` levels of each side, or all if there are fewer. */
export function encodeBook(book: BookEmission, wire: InstrumentWire, levelCount: number): string {
  const engineTime = book.engineUs === null ? 'null' : `"${isoMs(book.engineUs)}"`
  const received = isoUs(book.receivedUs)
  // Mostly the same three times.
  const confirmed = book.confirmedUs === book.receivedUs ? received : isoUs(book.confirmedUs)
  const unchangedSince = book.unchangedSinceUs === book.receivedUs ? received : isoUs(book.unchangedSinceUs)
  return `{"time_exchange":"${isoMs(book.venueUs)}","time_received":"${received}${wire.book}{"Snapshot":{"asks":{"levels":[${levelsText(book.asks, levelCount)}]},"bids":{"levels":[${levelsText(book.bids, levelCount)}]},"confirmed":"${confirmed}","sequence":${book.sequence},"time_engine":${engineTime},"unchanged_since":"${unchangedSince}"}}}`
}

/** Valid until the next pack of this thread. */
export function packBook(book: BookEmission, wire: InstrumentWire, levelCount: number): Uint8Array {
  return packTransient({
    time_exchange: isoMs(book.venueUs),
    time_received: isoUs(book.receivedUs),
    exchange: wire.exchange,
    instrument: wire.wireInstrument,
    kind: 'order_book_l2',
    data: {
      Snapshot: {
        asks: { levels: levelObjects(book.asks, levelCount) },
        bids: { levels: levelObjects(book.bids, levelCount) },
        confirmed: isoUs(book.confirmedUs),
        sequence: book.sequence,
        time_engine: book.engineUs === null ? null : isoMs(book.engineUs),
        unchanged_since: isoUs(book.unchangedSinceUs),
      },
    },
  })
}

function levelsText(levels: LevelTexts, levelCount: number): string {
  const end = Math.min(levels.length, levelCount * 2)
  if (end < 2) return ''
  let text = `{"amount":"${levels[1]}","price":"${levels[0]}"}`
  for (let offset = 2; offset + 1 < end; offset += 2) {
    text += `,{"amount":"${levels[offset + 1]}","price":"${levels[offset]}"}`
  }
  return text
}

function levelObjects(levels: LevelTexts, levelCount: number): { amount: string; price: string }[] {
  const end = Math.min(levels.length, levelCount * 2)
  const objects: { amount: string; price: string }[] = []
  for (let offset = 0; offset + 1 < end; offset += 2) {
    objects.push({ amount: levels[offset + 1] as string, price: levels[offset] as string })
  }
  return objects
}
