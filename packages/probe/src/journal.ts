// Reads the simulator's journal of the truth, line by line: it may be larger than memory, so each record is handed over and
// forgotten. Lines of an unknown kind and a last line still being written are skipped.
//
//   T <product> <symbol> <id> <scheduledUs> <sentUs> <price> <amount> <side>
//   Q <product> <symbol> <scheduledUs> <sentUs> <price> <amount> <orderSide> <venueTimeMs>
//   B <product> <symbol> <sequence> <digest> [<digest in base currency>]
//   # <note>

import { createReadStream } from 'node:fs'

export interface JournalTrade {
  readonly id: string
  /** `process.hrtime` microseconds, as are all times here but the venue's. */
  readonly scheduledUs: number
  readonly sentUs: number
  readonly price: string
  readonly amount: string
  readonly side: string
}

export interface JournalLiquidation extends Omit<JournalTrade, 'id'> {
  readonly venueTimeMs: number
}

/** `market` is `<product> <symbol>`. */
export interface JournalSink {
  onTrade(market: string, trade: JournalTrade): void
  onLiquidation(market: string, liquidation: JournalLiquidation): void
  onBook(market: string, sequence: number, digest: string, baseDigest: string | undefined): void
  /** What was done to the simulator, among the events where it took effect. */
  onNote?(text: string): void
}

const CHUNK_BYTES = 1 << 20

/** From this byte on, which begins a line. Resolves to the number of malformed lines. */
export async function readJournal(path: string, sink: JournalSink, start = 0): Promise<number> {
  let malformed = 0
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES, start })) {
    const text = rest + chunk
    let lineStart = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', lineStart)) {
      if (!readLine(text.slice(lineStart, end), sink)) malformed += 1
      lineStart = end + 1
    }
    rest = text.slice(lineStart)
  }
  return malformed
}

/** False where the line is malformed. */
function readLine(line: string, sink: JournalSink): boolean {
  const fields = line.split(' ')
  const market = `${fields[1]} ${fields[2]}`
  switch (fields[0]) {
    case 'T': {
      const [, , , id, scheduled, sent, price, amount, side] = fields
      if (id === undefined || price === undefined || amount === undefined || side === undefined) return false
      sink.onTrade(market, { id, scheduledUs: Number(scheduled), sentUs: Number(sent), price, amount, side })
      return true
    }
    case 'Q': {
      const [, , , scheduled, sent, price, amount, side, venueTime] = fields
      if (price === undefined || amount === undefined || side === undefined || venueTime === undefined) return false
      const times = { scheduledUs: Number(scheduled), sentUs: Number(sent), venueTimeMs: Number(venueTime) }
      sink.onLiquidation(market, { ...times, price, amount, side })
      return true
    }
    case 'B': {
      const [, , , sequence, digest, baseDigest] = fields
      if (sequence === undefined || digest === undefined) return false
      sink.onBook(market, Number(sequence), digest, baseDigest)
      return true
    }
    case '#':
      sink.onNote?.(line.slice(2))
      return true
    default:
      return line === '' || line.startsWith('#')
  }
}
