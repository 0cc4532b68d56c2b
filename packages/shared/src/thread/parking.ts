// One thread's cell of the control block: the bell that wakes it, its heartbeat, its stop flag and its state. Any thread
// may ring; only the owner parks (see `runner.ts`).

import assert from 'node:assert/strict'
import {
  BELL_OFFSET,
  CELL_BYTES,
  CELLS_OFFSET,
  CONTROL_MAGIC,
  CONTROL_MAGIC_OFFSET,
  CONTROL_VERSION,
  CONTROL_VERSION_OFFSET,
  HEAP_USED_OFFSET,
  HEARTBEAT_OFFSET,
  MSGPACK_CLIENTS_OFFSET,
  PARKED_OFFSET,
  STARTS_OFFSET,
  STATE_OFFSET,
  STOP_OFFSET,
  THREAD_ID_OFFSET,
  THREADS_MAX,
  WARM_OFFSET,
} from './control-layout.js'

export const ThreadState = { starting: 0, running: 1, stopping: 2, stopped: 3 } as const
export type ThreadState = (typeof ThreadState)[keyof typeof ThreadState]

export function createControlBlock(threadCount: number): SharedArrayBuffer {
  assert(threadCount >= 1 && threadCount <= THREADS_MAX, 'a control block has 1..64 cells')
  const control = new SharedArrayBuffer(CELLS_OFFSET + threadCount * CELL_BYTES)
  const words = new Int32Array(control)
  words[CONTROL_MAGIC_OFFSET / 4] = CONTROL_MAGIC
  words[CONTROL_VERSION_OFFSET / 4] = CONTROL_VERSION
  return control
}

export function threadCountOf(control: SharedArrayBuffer): number {
  return (control.byteLength - CELLS_OFFSET) / CELL_BYTES
}

export class ThreadCell {
  readonly #words: Int32Array
  readonly #heap: Float64Array

  constructor(control: SharedArrayBuffer, threadIndex: number) {
    const head = new Int32Array(control, 0, 2)
    assert(head[0] === CONTROL_MAGIC && head[1] === CONTROL_VERSION, 'not a control block of this version')
    const offset = CELLS_OFFSET + threadIndex * CELL_BYTES
    assert(threadIndex >= 0 && offset + CELL_BYTES <= control.byteLength, 'no such thread in the control block')
    this.#words = new Int32Array(control, offset, HEAP_USED_OFFSET / 4)
    this.#heap = new Float64Array(control, offset + HEAP_USED_OFFSET, 2) // used, limit
  }

  ring(): void {
    Atomics.add(this.#words, BELL_OFFSET / 4, 1)
    if (Atomics.load(this.#words, PARKED_OFFSET / 4) === 1) Atomics.notify(this.#words, BELL_OFFSET / 4)
  }

  bell(): number {
    return Atomics.load(this.#words, BELL_OFFSET / 4)
  }

  setParked(isParked: boolean): void {
    Atomics.store(this.#words, PARKED_OFFSET / 4, isParked ? 1 : 0)
  }

  /** Blocks until the bell differs from `seen` or the time is over. Not for threads with an event loop to serve. */
  wait(seen: number, timeoutMs: number): void {
    assert(timeoutMs >= 0, 'a wait has an end')
    Atomics.wait(this.#words, BELL_OFFSET / 4, seen, timeoutMs)
  }

  /** Null when the bell was rung meanwhile. */
  waitAsync(seen: number): Promise<unknown> | null {
    const waiting = Atomics.waitAsync(this.#words, BELL_OFFSET / 4, seen)
    return waiting.async ? waiting.value : null
  }

  beat(): void {
    Atomics.add(this.#words, HEARTBEAT_OFFSET / 4, 1)
  }

  heartbeat(): number {
    return Atomics.load(this.#words, HEARTBEAT_OFFSET / 4)
  }

  requestStop(): void {
    Atomics.store(this.#words, STOP_OFFSET / 4, 1)
    this.ring()
  }

  isStopping(): boolean {
    return Atomics.load(this.#words, STOP_OFFSET / 4) === 1
  }

  clearForStart(): void {
    Atomics.store(this.#words, STOP_OFFSET / 4, 0)
    Atomics.store(this.#words, PARKED_OFFSET / 4, 0)
    Atomics.store(this.#words, MSGPACK_CLIENTS_OFFSET / 4, 0)
    Atomics.add(this.#words, STARTS_OFFSET / 4, 1)
    this.setThreadId(0)
    Atomics.store(this.#words, WARM_OFFSET / 4, 0)
    this.setHeap(0, 0)
    this.setState(ThreadState.starting)
  }

  /** Written by the supervisor only: a thread that hangs or exits could not. */
  setState(state: ThreadState): void {
    Atomics.store(this.#words, STATE_OFFSET / 4, state)
  }

  state(): ThreadState {
    return Atomics.load(this.#words, STATE_OFFSET / 4) as ThreadState
  }

  /** How often the thread was started. */
  startCount(): number {
    return Atomics.load(this.#words, STARTS_OFFSET / 4)
  }

  /** The system's id of the owner; 0 while it is not known. */
  threadId(): number {
    return Atomics.load(this.#words, THREAD_ID_OFFSET / 4)
  }

  setThreadId(id: number): void {
    Atomics.store(this.#words, THREAD_ID_OFFSET / 4, id)
  }

  /** Its code is compiled, or nothing more is done about it. */
  isWarm(): boolean {
    return Atomics.load(this.#words, WARM_OFFSET / 4) === 1
  }

  /** The owner has a predecessor. */
  isRestarted(): boolean {
    return this.startCount() > 1
  }

  /** By the owner. */
  setWarm(): void {
    Atomics.store(this.#words, WARM_OFFSET / 4, 1)
  }

  msgpackClients(): number {
    return Atomics.load(this.#words, MSGPACK_CLIENTS_OFFSET / 4)
  }

  addMsgpackClients(delta: number): void {
    const before = Atomics.add(this.#words, MSGPACK_CLIENTS_OFFSET / 4, delta)
    assert(before + delta >= 0, 'a count of clients is never negative')
  }

  setHeap(usedBytes: number, limitBytes: number): void {
    assert(usedBytes >= 0 && limitBytes >= 0, 'heap sizes are never negative')
    this.#heap[0] = usedBytes
    this.#heap[1] = limitBytes
  }

  heap(): { usedBytes: number; limitBytes: number } {
    return { usedBytes: this.#heap[0]!, limitBytes: this.#heap[1]! }
  }
}
