// Loaded into every thread of the product before it starts: measures how long a gateway is kept from looking for trades, in
// processor time of its own thread between the end of a turn and the start of the next, or a look in a run of socket events. Wall
// time would judge the machine: beside attackers a thread also waits for a processor. Linux only; elsewhere nothing is written.

import { openSync, readSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { Looks } from '@tradelane/gateway/looks'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'

const WINDOW_US = 50_000
const PARENT_LOOK_MS = 1_000
const SPACE = 0x20
const ZERO = 0x30

const path = process.env['BLOCK_METER_FILE']
const figure = Buffer.alloc(64)
const { doWork } = PriorityMerge.prototype
const { isTradeWaiting } = Looks.prototype
let schedule = -1
let file = -1
let turnEndNs = 0
let isTurning = false
let longestNs = 0
let betweenNs = 0
let longestTurnNs = 0
let windowEndUs = 0

// What is measured ends with the program that measures it, also where that was killed.
if (isMainThread) {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, PARENT_LOOK_MS).unref()
}
if (path !== undefined && process.platform === 'linux') {
  PriorityMerge.prototype.doWork = function (this: PriorityMerge): number {
    const startNs = processorNs()
    if (turnEndNs > 0) note(startNs - turnEndNs)
    isTurning = true
    const workCount = doWork.call(this)
    isTurning = false
    turnEndNs = processorNs()
    longestTurnNs = Math.max(longestTurnNs, turnEndNs - startNs)
    return workCount
  }
  Looks.prototype.isTradeWaiting = function (this: Looks): boolean {
    if (!isTurning && turnEndNs > 0) {
      const lookNs = processorNs()
      note(lookNs - turnEndNs)
      turnEndNs = lookNs
    }
    return isTradeWaiting.call(this)
  }
}

function note(ns: number): void {
  betweenNs += ns
  longestNs = Math.max(longestNs, ns)
  const nowUs = Number(process.hrtime.bigint() / 1_000n)
  if (nowUs < windowEndUs) return
  // A line per window: its end, the longest block, all time between turns, the longest turn; in microseconds.
  const figures = [longestNs, betweenNs, longestTurnNs].map(each => Math.round(each / 1_000))
  file = file === -1 ? openSync(path as string, 'a') : file
  writeSync(file, `${nowUs} ${figures.join(' ')}\n`)
  longestNs = 0
  betweenNs = 0
  longestTurnNs = 0
  windowEndUs = nowUs + WINDOW_US
}

/** Of this thread, since its start. */
function processorNs(): number {
  // Opened by the thread itself: the path names whoever opens it.
  // The kernel counts the time of a running thread every 4 ms; this call makes it count now.
  process.cpuUsage()
  schedule = schedule === -1 ? openSync('/proc/thread-self/schedstat', 'r') : schedule
  const length = readSync(schedule, figure, 0, figure.length, 0)
  let ns = 0
  for (let at = 0; at < length && figure[at] !== SPACE; at += 1) ns = ns * 10 + (figure[at] as number) - ZERO
  return ns
}
