// Asker or answerer of `parking.stress.ts`, in a thread of its own. Each rings the other after every word it publishes, and
// parks when there is nothing to do, so that rings and parking meet in every possible order.

import { workerData } from 'node:worker_threads'
import { mix, Random } from '../../lanes/test/stress-plan.js'
import { block, spin } from '../../lanes/test/stress-thread.js'
import type { Agent } from '../agent.js'
import { monotonicUs } from '../clock.js'
import { BELL_OFFSET, CELL_BYTES, CELLS_OFFSET } from '../control-layout.js'
import { ThreadCell } from '../parking.js'
import { runBlocking, runEvented } from '../runner.js'
import { systemTimers, type Timer } from '../timers.js'
import { Mailbox, MailWord, mailWords } from './parking-mail.js'

export interface ParkingTask {
  readonly mail: SharedArrayBuffer
  /** Cell 0 is the asker's, cell 1 the answerer's. */
  readonly control: SharedArrayBuffer
  readonly seed: number
  readonly role: 'asker' | 'answerer'
  readonly isEvented: boolean
}

/** The evented thread's beat would hide a lost wake-up within 250 ms; stretched by this, it takes two seconds and is seen. */
const BEAT_STRETCH = 8
/** Rung for so long before the clock was to wake its thread: the ring was lost. A ring and the clock may also coincide. */
const LOST_MS = 200

const task = workerData as ParkingTask & { readonly life: number }
const random = new Random(mix(task.seed, (task.role === 'asker' ? 0 : 100_003) + task.life))
const words = mailWords(task.mail)

/** Waits as a `ThreadCell` does, and records what ended the wait. */
class WatchedCell extends ThreadCell {
  isWokenByClock = false
  /** When the clock was to wake it: the thread may have got a processor much later. */
  wakeUs = 0
  readonly #bells: Int32Array
  readonly #bellIndex: number

  constructor(control: SharedArrayBuffer, threadIndex: number) {
    super(control, threadIndex)
    this.#bells = new Int32Array(control)
    this.#bellIndex = (CELLS_OFFSET + threadIndex * CELL_BYTES + BELL_OFFSET) / 4
  }

  override wait(seen: number, timeoutMs: number): void {
    Atomics.add(words, MailWord.waits, 1)
    this.wakeUs = monotonicUs() + timeoutMs * 1_000
    const end = Atomics.wait(this.#bells, this.#bellIndex, seen, timeoutMs)
    this.isWokenByClock = end === 'timed-out'
  }

  override waitAsync(seen: number): Promise<unknown> | null {
    Atomics.add(words, MailWord.waits, 1)
    return super.waitAsync(seen)
  }

  /** `rungUs`: when the bell had been rung for the work; undefined where it was not. */
  noteWork(rungUs: number | undefined): void {
    const isLost = rungUs !== undefined && this.wakeUs - rungUs > LOST_MS * 1_000
    if (this.isWokenByClock && isLost) Atomics.add(words, MailWord.lost, 1)
    this.isWokenByClock = false
  }
}

class StressAsker implements Agent {
  readonly #mail = new Mailbox(task.mail, MailWord.asked, MailWord.answered, new ThreadCell(task.control, 1))
  readonly #cell: WatchedCell

  constructor(cell: WatchedCell) {
    this.#cell = cell
  }

  doWork(): number {
    let asked = this.#mail.own()
    if (this.#mail.other() !== asked) return 0
    this.#cell.noteWork(this.#mail.rungUs())
    if (random.isOneIn(500)) block(random.below(40) / 10)
    else this.#spin()
    for (let count = random.below(12); count >= 0; count -= 1) {
      asked = (asked + 1) | 0
      this.#mail.publish(asked)
      this.#spin()
    }
    return 1
  }

  /** Between no time and the time that the other side takes to wake, answer and park. */
  #spin(): void {
    spin(random.below(1 << random.below(12)))
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  close(): void {}
}

class StressAnswerer implements Agent {
  readonly #mail = new Mailbox(task.mail, MailWord.answered, MailWord.asked, new ThreadCell(task.control, 0))
  readonly #cell: WatchedCell
  onAnswer: () => void = () => {}
  #isFirstTurn = true

  constructor(cell: WatchedCell) {
    this.#cell = cell
  }

  doWork(): number {
    const asked = this.#mail.other()
    const isFirstTurn = this.#isFirstTurn
    this.#isFirstTurn = false
    if (asked === this.#mail.own()) return 0
    // The word that a new thread finds may be old.
    if (!isFirstTurn) this.#cell.noteWork(this.#mail.rungUs())
    if (random.isOneIn(3)) spin(random.below(200))
    this.#mail.publish(asked)
    this.onAnswer()
    return 1
  }

  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  close(): void {}
}

const cell = new WatchedCell(task.control, task.role === 'asker' ? 0 : 1)
if (task.role === 'asker') {
  runBlocking([new StressAsker(cell)], cell)
} else if (!task.isEvented) {
  runBlocking([new StressAnswerer(cell)], cell)
} else {
  const setStretched = (beat: () => void, ms: number): Timer =>
    systemTimers.setInterval(() => {
      // A thread that had no processor finds its timer and the bell due at once: first the turn that the bell asked for.
      systemTimers.setImmediate(() => {
        cell.isWokenByClock = true
        cell.wakeUs = monotonicUs()
        beat()
        cell.isWokenByClock = false
      })
    }, ms * BEAT_STRETCH)
  const answerer = new StressAnswerer(cell)
  const timers = { ...systemTimers, setInterval: setStretched }
  const runner = runEvented([answerer], cell, { onStopped: () => {}, timers })
  const wake = (): void => runner.wake()
  // As sockets do: a turn that no bell asked for, while a waiter may be outstanding.
  answerer.onAnswer = () => {
    if (random.isOneIn(4)) setImmediate(wake)
  }
}
