// The other source of the simulator: captured frames, sent to the subscribers of their topics, with the REST answers of the
// same recording. Protocols, paths and server are those of the market model.
import { type Capture, type CaptureAnswer, readCapture } from './capture/capture-file.js'
import { Playback, restamp } from './capture/playback.js'
import { type Clock, createClock, systemTimers } from './clock.js'
import { Outbox } from './connection/connection.js'
import { Topics } from './connection/topics.js'
import type { Dialect, RestSource } from './dialect.js'
import type { InstrumentSpec } from './market/instrument-spec.js'
import { Lateness } from './schedule/lateness.js'
import { type EventSource, Runner } from './schedule/runner.js'
import { zeroCounts } from './schedule/schedule.js'
import { Refusals } from './server/refusals.js'
import { createSites } from './server/site.js'
import { VenueServer } from './server/venue-server.js'
import type { Simulator } from './simulator.js'

export interface CaptureReplayOptions {
  readonly host: string
  readonly port: number
  readonly files: readonly string[]
  /** Times the recorded pace, or as fast as the subscribers read. */
  readonly speed: number | 'max'
  /** Moves the venue's times to now. */
  readonly restamp: boolean
  log(message: string): void
}

/** Rejects when a file cannot be read, names an unknown venue, or the port cannot be used. */
export async function startCaptureReplay(options: CaptureReplayOptions): Promise<Simulator> {
  const { host, port, speed, restamp: isRestamped, log } = options
  const clock = createClock()
  const outbox = new Outbox()
  const counts = zeroCounts()
  const captures: Capture[] = []
  for (const file of options.files) captures.push(await readCapture(file))
  const topicsOf = new Map<Dialect, Topics>()
  for (const { lines, answers } of captures) {
    for (const { dialect } of [...lines, ...answers]) {
      if (!topicsOf.has(dialect)) topicsOf.set(dialect, new Topics())
    }
  }
  const playbacks = captures.map(
    ({ lines }) =>
      new Playback({ lines, topicsOf: line => topicsOf.get(line.dialect)!, clock, speed, isRestamped, counts }),
  )
  const sources = [...topicsOf].map(([dialect, topics]) => {
    return { dialect, topics, rest: new CapturedRest(dialect, captures, clock, isRestamped) }
  })
  const server = await VenueServer.listen({
    host,
    port,
    sites: createSites(sources, { clock, timers: systemTimers, seed: 0, timeScale: 1 }),
    outbox,
    lateness: new Lateness(),
    refusals: new Refusals(clock),
    counts: () => counts,
    flushJournal: async () => undefined,
    log,
  })
  const runner = new Runner(new PlaybackSource(playbacks, outbox), clock.nowUs)
  runner.start()
  const close = async (): Promise<void> => {
    runner.stop()
    await server.close()
  }
  return { port: server.port, close, stats: () => server.stats() }
}

/** All captures at once, each on its own clock. */
class PlaybackSource implements EventSource {
  readonly #playbacks: readonly Playback[]
  readonly #outbox: Outbox

  constructor(playbacks: readonly Playback[], outbox: Outbox) {
    this.#playbacks = playbacks
    this.#outbox = outbox
  }

  nextUs(): number {
    let nextUs = Number.POSITIVE_INFINITY
    for (const playback of this.#playbacks) nextUs = Math.min(nextUs, playback.nextUs())
    return nextUs
  }

  /** All frames of a capture are sent at its pace. */
  nextUrgentUs(): number {
    return this.nextUs()
  }

  fire(): void {
    const nextUs = this.nextUs()
    this.#playbacks.find(playback => playback.nextUs() === nextUs)?.fire()
  }

  fireUrgent(): void {
    this.fire()
  }

  flush(): void {
    this.#outbox.flush()
  }
}

/** The recorded REST answers of one product: per path and subject in the order of the file, then the last one repeatedly. */
class CapturedRest implements RestSource {
  readonly #dialect: Dialect
  readonly #clock: Clock
  readonly #isRestamped: boolean
  readonly #answers = new Map<string, CaptureAnswer[]>()
  readonly #symbols = new Set<string>()

  constructor(dialect: Dialect, captures: readonly Capture[], clock: Clock, isRestamped: boolean) {
    this.#dialect = dialect
    this.#clock = clock
    this.#isRestamped = isRestamped
    for (const { lines, answers } of captures) {
      for (const line of lines) if (line.dialect === dialect) this.#symbols.add(line.frame.symbol)
      for (const answer of answers) {
        if (answer.dialect !== dialect) continue
        const key = `${kindOf(answer.path)} ${answer.subject}`
        const list = this.#answers.get(key)
        if (list) list.push(answer)
        else this.#answers.set(key, [answer])
      }
    }
  }

  listed(): readonly InstrumentSpec[] {
    return [...this.#symbols].map(symbol => this.#dialect.captureSpec(symbol))
  }

  book(symbol: string): string | undefined {
    return this.#next(`book ${symbol}`)
  }

  openInterest(symbol: string): string | undefined {
    return this.#next(`openInterest ${symbol}`)
  }

  recordedInstruments(list = ''): string | undefined {
    return this.#next(`instruments ${list}`)
  }

  #next(key: string): string | undefined {
    const list = this.#answers.get(key)
    const answer = list && list.length > 1 ? list.shift() : list?.[0]
    if (!answer) return undefined
    if (!this.#isRestamped) return answer.body
    return restamp(answer.body, answer.ms, this.#clock.wallMs(this.#clock.nowUs()))
  }
}

function kindOf(path: string): string {
  if (/\/(depth|orderbook|books)$/.test(path)) return 'book'
  return path.endsWith('/openInterest') ? 'openInterest' : 'instruments'
}
