// The one door to uWebSockets.js, which is not on npm under its own name. Two republished builds are installed; which of them
// loads depends on the machine's C library and Node, and trying the wrong one can end the process: choose first, then load.

import type * as uWebSockets from 'uWebSockets.js'
import { createRequire } from 'node:module'

export type App = uWebSockets.TemplatedApp & {
  /** Not in the typings: closes all sockets of the app, listening or connected. */
  close(): void
  listen(host: string, port: number, options: number, callback: (listening: ListenSocket | false) => void): App
}
export type ListenSocket = uWebSockets.us_listen_socket
export type Socket<UserData> = uWebSockets.WebSocket<UserData>
export type HttpResponse = uWebSockets.HttpResponse
export type HttpRequest = uWebSockets.HttpRequest
export type SocketContext = uWebSockets.us_socket_context_t

export interface Uws {
  App(): App
  us_listen_socket_close(socket: ListenSocket): void
  us_socket_local_port(socket: ListenSocket): number
}

export const LISTEN_SHARED = 0
/** Refuses a port that another process listens on, also another uWebSockets.js, which would share it silently. */
export const LISTEN_EXCLUSIVE = 1

/** What `send` answers. */
export const SendStatus = { buffered: 0, sent: 1, dropped: 2 } as const

/** Throws an Error that names this machine and both builds. */
export function loadUws(): Uws {
  const machine = describeMachine()
  const build = chooseBuild(machine)
  try {
    const uws = createRequire(import.meta.url)(build) as Uws & { H3App?: unknown }
    // One of the builds falls back to an incomplete imitation in JavaScript where its addon does not load.
    if (uws.H3App === undefined) throw new Error('its native addon did not load')
    return uws
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new Error(failureText(machine, build, reason ?? ''))
  }
}

export interface Machine {
  readonly platform: string
  readonly arch: string
  readonly node: string
  /** Undefined where the C library is not glibc. */
  readonly glibc: string | undefined
}

/** `uWebSockets.js-next` needs glibc 2.38 on Linux; importing it below that ends the process. */
export function chooseBuild(machine: Machine): 'uWebSockets.js' | 'uWebSockets.js-next' {
  const nodeMajor = Number(machine.node.split('.')[0])
  if (nodeMajor <= 20) return 'uWebSockets.js'
  if (machine.platform !== 'linux') return 'uWebSockets.js-next'
  return isAtLeast(machine.glibc, [2, 38]) ? 'uWebSockets.js-next' : 'uWebSockets.js'
}

export function failureText(machine: Machine, build: string, reason: string): string {
  return (
    `uWebSockets.js cannot load here (${build}: ${reason}). ` +
    `This machine: ${machine.platform}-${machine.arch}, glibc ${machine.glibc ?? 'absent'}, Node.js ${machine.node}. ` +
    'Builds: @trufflesuite/uws-js-unofficial 20.30.0 (Node.js 16, 18 or 20; glibc ≥ 2.34 on Linux) and ' +
    '@btc-vision/uwebsockets.js 20.57.0 (Node.js 20, 22, 24 or 25; glibc ≥ 2.38 on Linux). Musl is not supported.'
  )
}

function describeMachine(): Machine {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    glibc: report.header?.glibcVersionRuntime,
  }
}

function isAtLeast(version: string | undefined, [major, minor]: readonly [number, number]): boolean {
  const [actualMajor = 0, actualMinor = 0] = (version ?? '0.0').split('.').map(Number)
  return actualMajor > major || (actualMajor === major && actualMinor >= minor)
}
