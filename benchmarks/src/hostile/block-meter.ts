// Loaded into every thread of the product before it starts: measures how long a gateway is kept from looking for trades, in
// processor time of its own thread between the end of a turn and the start of the next, or a look in a run of socket events. Wall
// time would judge the machine: beside attackers a thread also waits for a processor. And how many trades it hands to sockets
// without a look. Linux only; elsewhere nothing is written.

import { openSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { Looks } from '@tradelane/gateway/looks'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { Session } from '@tradelane/gateway/session'
import { processorNs } from '../run/processor-time.js'

const WINDOW_US = 50_000
const PARENT_LOOK_MS = 1_000

const path = process.env['BLOCK_METER_FILE']
const { doWork } = PriorityMerge.prototype
const { isTradeWaiting } = Looks.prototype
const { sendRecord } = Session.prototype
let file = -1
let turnEndNs = 0
let isTurning = false
let longestNs = 0
let betweenNs = 0
let longestTurnNs = 0
let sendCount = 0
let sendsMost = 0
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
    noteSends()
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
    noteSends()
    return isTradeWaiting.call(this)
  }
  Session.prototype.sendRecord = function (this: Session, ...record: Parameters<typeof sendRecord>): boolean {
    sendCount += 1
    return sendRecord.apply(this, record)
  }
}

function noteSends(): void {
  sendsMost = Math.max(sendsMost, sendCount)
  sendCount = 0
}

function note(ns: number): void {
  betweenNs += ns
  longestNs = Math.max(longestNs, ns)
  const nowUs = Number(process.hrtime.bigint() / 1_000n)
  if (nowUs < windowEndUs) return
  // A line per window: its end, the longest block, all time between turns, the longest turn, in microseconds; sends.
  const figures = [longestNs, betweenNs, longestTurnNs].map(each => Math.round(each / 1_000))
  file = file === -1 ? openSync(path as string, 'a') : file
  writeSync(file, `${nowUs} ${figures.join(' ')} ${sendsMost}\n`)
  sendsMost = 0
  longestNs = 0
  betweenNs = 0
  longestTurnNs = 0
  windowEndUs = nowUs + WINDOW_US
}
