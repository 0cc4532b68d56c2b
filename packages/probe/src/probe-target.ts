// One server under measurement: its clients' frames come here, are stamped, and go to histograms, ledgers and the review: at
// once, or, in a measurement, when it is over, so that the thread that reads the sockets only stamps and stores.

import type { ArrivalClock } from './arrival-clock.js'
import { Arrivals } from './arrivals.js'
import { FrameReview, type ReviewItem } from './frame-review.js'
import { FrameScan } from './frame-scan.js'
import type { JournalJoin, LiquidationFields, UpstreamGapFields } from './journal-join.js'
import { Latencies } from './latency.js'
import type { Overtaking } from './overtaking.js'
import { ReceiveQueue } from './receive-queue.js'
import type { SequenceOrder } from './sequence-order.js'
import { SeriesTable } from './series.js'

/** State sent on connect is as old as it is: it says nothing about latency. */
const FIRST_STATE_US = 1_000_000

/** What is stored is looked at when it is more than this: a very long or fast measurement must not fill the memory. */
const STORED_BYTES_MAX = 1 << 30

/** The client's side of a frame. */
export interface MeasuredClient {
  readonly index: number
  readonly isReviewed: boolean
  readonly openedUs: number
  readonly order: SequenceOrder
  readonly overtaking: Overtaking
  countFrame(seriesIndex: number): void
}

/** `time_received` → client of a part of the measurement, local µs. */
export interface ReceivedWindow {
  readonly sinceUs: number
  untilUs: number
  readonly received: Latencies
}

export interface GapTally {
  overrunCount: number
  /** Records of the trade log that overrun gaps announced. */
  overrunMissed: number
  upstreamCount: number
  restartCount: number
}

export class ProbeTarget {
  readonly url: string
  readonly clock: ArrivalClock
  readonly series = new SeriesTable()
  /** `time_received` → client, by `<series label> <kind>`. */
  readonly received = new Latencies()
  readonly review: FrameReview
  readonly queue: ReceiveQueue<ReviewItem>
  readonly gaps: GapTally = { overrunCount: 0, overrunMissed: 0, upstreamCount: 0, restartCount: 0 }
  readonly statuses = { live: 0, stale: 0, down: 0 }
  /** Exchanges that status frames named: of each some event must come. */
  readonly statusExchanges = new Set<string>()
  frames = 0
  bytes = 0
  /** Of measured clients. */
  frameBytesMax = 0
  /** Frames that arrived before their `time_received` by more than clocks may differ. */
  early = 0
  unrecognised = 0
  /** A measurement of several windows replaces it for each. */
  join: JournalJoin | null
  readonly #scan = new FrameScan()
  readonly #stored: Arrivals<MeasuredClient> | undefined
  readonly #windows: ReceivedWindow[] = []

  constructor(options: {
    url: string
    clock: ArrivalClock
    join: JournalJoin | null
    isStrict: boolean
    /** Nothing but stamping and storing before `finish`. */
    isDeferred?: boolean
  }) {
    this.url = options.url
    this.clock = options.clock
    this.join = options.join
    this.review = new FrameReview(options)
    this.queue = new ReceiveQueue(item => this.review.review(item))
    this.#stored = options.isDeferred ? new Arrivals() : undefined
  }

  /** What arrives from now on is recorded in the window too, until its end. */
  beginWindow(): ReceivedWindow {
    const window = { sinceUs: this.clock.localUs(), untilUs: Number.POSITIVE_INFINITY, received: new Latencies() }
    this.#windows.push(window)
    return window
  }

  /** The end of the measurement: looks at all that was stored. */
  finish(): void {
    this.#judgeStored()
    this.queue.finish()
  }

  /** A text frame of a measured client, stamped already. */
  accept(client: MeasuredClient, frame: Buffer, localUs: number): void {
    const wallUs = this.clock.wallUs(localUs)
    const stored = this.#stored
    if (stored === undefined) {
      this.#judge(client, frame, localUs, wallUs)
      return
    }
    stored.add(client, frame, localUs, wallUs)
    if (stored.bytes > STORED_BYTES_MAX) this.#judgeStored()
  }

  #judgeStored(): void {
    this.#stored?.take(({ client, frame, localUs, wallUs }) => this.#judge(client, frame, localUs, wallUs))
  }

  #judge(client: MeasuredClient, frame: Buffer, localUs: number, wallUs: number): void {
    const scan = this.#scan
    if (frame.length > this.frameBytesMax) this.frameBytesMax = frame.length
    if (!scan.read(frame)) {
      this.#acceptServerFrame(client, frame)
      return
    }
    const series = this.series.at(scan.seriesKey)
    if (series === undefined) {
      this.unrecognised += 1
      return
    }
    client.countFrame(series.index)
    const latencyUs = wallUs - scan.receivedUs
    if (latencyUs < -EARLY_US) this.early += 1
    if (series.isLossless || localUs - client.openedUs > FIRST_STATE_US) {
      const name = `${series.label} ${series.kind}`
      this.received.of(name).record(latencyUs)
      for (const { sinceUs, untilUs, received } of this.#windows) {
        if (localUs >= sinceUs && localUs < untilUs) received.of(name).record(latencyUs)
      }
    }
    if (scan.sequence > 0) client.order.meet(scan.sequence)
    if (series.kind === 'order_book_l2') client.overtaking.book(scan.receivedUs)
    else if (series.kind === 'trade') client.overtaking.trade(scan.receivedUs)
    const monotonicUs = this.clock.monotonicUs(localUs)
    if (this.join !== null && series.isLossless) {
      if (series.kind === 'trade') this.join.receiveTrade(series, client.index, scan.id, monotonicUs)
      else this.join.receiveLiquidation(series, client.index, liquidationFields(frame), monotonicUs)
    }
    if (client.isReviewed) this.#review({ frame, series, monotonicUs, ageUs: latencyUs })
  }

  /** In slices while the sockets are read; at once when the measurement is over. */
  #review(item: ReviewItem): void {
    if (this.#stored === undefined) this.queue.push(item)
    else this.review.review(item)
  }

  #acceptServerFrame(client: MeasuredClient, frame: Buffer): void {
    if (client.isReviewed) this.#review({ frame, series: undefined, monotonicUs: 0, ageUs: 0 })
    let parsed: Record<string, unknown>
    try {
      parsed = JSON.parse(frame.toString())
    } catch {
      this.unrecognised += 1
      return
    }
    if (parsed.type === 'gap') this.#acceptGap(client, parsed)
    else if (parsed.type === 'status') this.#acceptStatus(parsed)
    else if (parsed.type === 'welcome') client.order.start(Number(parsed.seq))
    else this.unrecognised += 1
  }

  #acceptGap(client: MeasuredClient, gap: Record<string, unknown>): void {
    switch (gap.reason) {
      case 'overrun':
        this.gaps.overrunCount += 1
        this.gaps.overrunMissed += Number(gap.missed)
        client.order.announce(Number(gap.to))
        return
      case 'upstream':
        this.gaps.upstreamCount += 1
        client.order.meet(Number(gap.seq))
        this.#announce(client, gap)
        return
      default:
        this.gaps.restartCount += 1
    }
  }

  #announce(client: MeasuredClient, gap: Record<string, unknown>): void {
    const instrument = gap.instrument as Record<string, unknown> | null
    const fields: UpstreamGapFields = {
      missed: typeof gap.missed === 'number' ? gap.missed : null,
      from_time: typeof gap.from_time === 'string' ? gap.from_time : null,
      to_time: typeof gap.to_time === 'string' ? gap.to_time : null,
    }
    for (const series of this.series.all) {
      if (!series.isLossless || series.exchange !== gap.exchange || series.marketType !== instrument?.kind) continue
      if (series.base !== instrument.base || series.quote !== instrument.quote) continue
      this.join?.announceGap(series, client.index, fields)
    }
  }

  #acceptStatus({ state, exchange }: Record<string, unknown>): void {
    if (typeof exchange === 'string') this.statusExchanges.add(exchange)
    if (state === 'live' || state === 'stale' || state === 'down') this.statuses[state] += 1
  }
}

/** Two programs on one machine read the same clock, each with its own error. */
const EARLY_US = 2_000

function liquidationFields(frame: Buffer): LiquidationFields {
  try {
    const { data } = JSON.parse(frame.toString())
    return { time: String(data.time), price: Number(data.price), order_side: data.order_side }
  } catch {
    return { time: '', price: Number.NaN }
  }
}
