// The attackers' process, one for attack after attack: runs what it is asked to until it is asked to end it, and answers with
// what the attackers saw. It ends with its parent, and by itself after its longest life; no attack outlives its time. Argument:
// the niceness of the process.

import { setPriority } from 'node:os'
import type { AttackContext, Doors } from './attack.js'
import { attackNamed } from './attack-table.js'
import { newTally, type Tally } from './tally.js'

export type AttackRequest =
  | {
      readonly type: 'begin'
      readonly names: readonly string[]
      readonly doors: Doors
      readonly from: readonly string[]
      readonly share: number
      /** Of a server that is attacked from its first connection on, before a welcome names its stream. */
      readonly stream: string
      /** The attack ends by itself after this long. */
      readonly msMax: number
    }
  | { readonly type: 'look' }
  | { readonly type: 'end' }

export type AttackMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'begun' }
  /** What the attackers saw so far, by attack. */
  | { readonly type: 'seen'; readonly tallies: Tallies }
  | { readonly type: 'ended'; readonly tallies: Tallies }

export type Tallies = Readonly<Record<string, Tally>>

const LIFE_MS_MAX = 20 * 60_000

interface RunningAttack {
  readonly name: string
  readonly context: AttackContext
}

const controllers = new Set<AbortController>()
let running: readonly RunningAttack[] = []

const [nice = '0'] = process.argv.slice(2)
setPriority(Number(nice))
process.on('message', (request: AttackRequest) => {
  if (request.type === 'begin') begin(request)
  else if (request.type === 'look') send({ type: 'seen', tallies: tallies() })
  else end()
})
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(0))
setTimeout(() => process.exit(0), LIFE_MS_MAX)
send({ type: 'ready' })

function begin(request: AttackRequest & { type: 'begin' }): void {
  running = request.names.flatMap(name => {
    const attack = attackNamed(name)
    const address = request.doors[attack.door]
    if (address === undefined) return []
    const controller = new AbortController()
    controllers.add(controller)
    setTimeout(() => controller.abort(), request.msMax).unref()
    const context: AttackContext = {
      address,
      isSecure: attack.door === 'guarded',
      from: request.from,
      share: request.share,
      signal: controller.signal,
      tally: newTally(),
      sockets: new Set(),
      stream: request.stream,
    }
    controller.signal.addEventListener('abort', () => leave(context))
    attack.start(context)
    return [{ name, context }]
  })
  send({ type: 'begun' })
}

function end(): void {
  for (const controller of controllers) controller.abort()
  controllers.clear()
  send({ type: 'ended', tallies: tallies() })
  running = []
}

function tallies(): Tallies {
  return Object.fromEntries(running.map(({ name, context }) => [name, context.tally]))
}

function leave({ sockets }: AttackContext): void {
  for (const socket of sockets) socket.destroy()
}

function send(message: AttackMessage): void {
  process.send?.(message)
}
