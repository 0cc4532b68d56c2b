// One supervised thread in virtual time: its launches are made of promises, so that a thread sends and does what the test wants.

import assert from 'node:assert/strict'
import type { Log } from '@tradelane/shared/thread/log'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import type { SupervisorToThread, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { deferred } from '../deferred.js'
import { RESTART_RULES } from '../restart-policy.js'
import { SupervisedThread, type SupervisedThreadOptions } from '../supervised-thread.js'
import type { Launch } from '../thread-launch.js'

export interface Launched {
  send(message: ThreadToSupervisor): void
  exit(failure: Error | null): Promise<void>
  readonly posted: SupervisorToThread[]
  readonly terminations: number
}

export interface SupervisedFixture {
  readonly thread: SupervisedThread
  readonly cell: ThreadCell
  readonly launches: { readonly all: Launched[]; last(): Launched }
  readonly messages: ThreadToSupervisor[]
  readonly events: string[]
  readonly lines: string[]
  readonly timers: TestTimers
}

export class TestTimers extends VirtualTimers {
  advance(ms: number): void {
    this.runUntil(this.nowMs + ms)
  }
}

export function supervised(options: Partial<SupervisedThreadOptions> = {}): SupervisedFixture {
  const all: Launched[] = []
  const launches = { all, last: (): Launched => all.at(-1) ?? assert.fail('never launched') }
  const [messages, events, lines]: [ThreadToSupervisor[], string[], string[]] = [[], [], []]
  const cell = new ThreadCell(createControlBlock(1), 0)
  const timers = new TestTimers()
  const thread = new SupervisedThread({
    role: 'odd-0',
    rule: RESTART_RULES.ingest,
    cell,
    launch: promisedLaunch(all),
    log: linesLog(lines),
    timers,
    nowMs: () => timers.nowMs,
    onMessage: message => messages.push(message),
    onExited: () => events.push('exited'),
    onRestarted: () => events.push('restarted'),
    onCrashLoop: reason => events.push(`crash loop: ${reason}`),
    onHung: () => events.push('hung'),
    ...options,
  })
  return { thread, cell, launches, messages, events, lines, timers }
}

function promisedLaunch(all: Launched[]): Launch {
  return onMessage => {
    const exited = deferred<Error | null>()
    const launched = {
      posted: [] as SupervisorToThread[],
      terminations: 0,
      send: onMessage,
      exit: async (failure: Error | null) => {
        exited.resolve(failure)
        await settle()
      },
    }
    all.push(launched)
    return {
      exited: exited.promise,
      post: message => launched.posted.push(message),
      terminate: () => {
        launched.terminations += 1
        exited.resolve(new Error('terminated'))
      },
    }
  }
}

function linesLog(lines: string[]): Log {
  const write =
    (level: string): Log['info'] =>
    (message, fields) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn()
}

export async function nextTurn(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}
