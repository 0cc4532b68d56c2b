// The only file that loads uWebSockets.js, which is not on npm under its own name. Two republished builds are installed. Which
// of them loads depends on the machine's C library and Node, and trying the wrong one can end the process: choose first, then
// load.

import type * as uWebSockets from 'uWebSockets.js'
import { createRequire } from 'node:module'

/** A listening port; only `us_listen_socket_close` and `us_socket_local_port` look inside. */
export type ListenSocket = object
/** Passed on from `upgrade` to `HttpResponse.upgrade`. */
export type SocketContext = object

/** What the gateway uses of uWebSockets.js, and what a test implements to run a gateway without it. */
export interface Uws {
  App(): App
  /** Reads both files at once, or throws. Later changes of the files have no effect on it. */
  SSLApp(options: { readonly cert_file_name: string; readonly key_file_name: string }): App
  us_listen_socket_close(socket: ListenSocket): void
  us_socket_local_port(socket: ListenSocket): number
}

export interface App {
  ws<UserData>(pattern: string, behavior: SocketBehavior<UserData>): unknown
  any(pattern: string, handler: HttpHandler): unknown
  /** Calls back before it returns; with false when the port cannot be opened. */
  listen(host: string, port: number, options: number, callback: (listening: ListenSocket | false) => void): unknown
  /** Closes all sockets of the app, listening or connected. */
  close(): unknown
}

/** Handlers of one route. None runs inside another or inside a turn, except `close`: inside `Socket.end` and `Socket.close`. */
export interface SocketBehavior<UserData> {
  readonly compression?: number
  readonly maxBackpressure?: number
  readonly maxPayloadLength?: number
  readonly idleTimeout?: number
  readonly sendPingsAutomatically?: boolean
  upgrade?(response: HttpResponse, request: HttpRequest, context: SocketContext): void
  open(socket: Socket<UserData>): void
  message?(socket: Socket<UserData>, message: ArrayBuffer, isBinary: boolean): void
  /** After the library has answered it. */
  ping?(socket: Socket<UserData>, payload: ArrayBuffer): void
  pong?(socket: Socket<UserData>, payload: ArrayBuffer): void
  drain?(socket: Socket<UserData>): void
  close?(socket: Socket<UserData>, code: number, message: ArrayBuffer): void
}

/** Every call on a socket that has ended throws. */
export interface Socket<UserData> {
  getUserData(): UserData
  /** 4 or 16 bytes. */
  getRemoteAddress(): ArrayBuffer
  getBufferedAmount(): number
  /** Returns a `SendStatus`. */
  send(frame: Uint8Array | string, isBinary?: boolean): number
  ping(payload: Uint8Array): number
  /** Runs `work` at once; what it sends goes out together. */
  cork(work: () => void): unknown
  /** Sends a Close frame. */
  end(code: number, reason: string): unknown
  /** Resets the connection. */
  close(): unknown
}

export type HttpHandler = (response: HttpResponse, request: HttpRequest) => void

/** Gone when the handler returns. */
export interface HttpRequest {
  /** In lower case. */
  getMethod(): string
  /** The path. */
  getUrl(): string
  getQuery(): string | undefined
  /** Empty where there is none; `name` in lower case. */
  getHeader(name: string): string
}

/** Every call on a response that has ended, was upgraded or was aborted throws. */
export interface HttpResponse {
  /** 4 or 16 bytes. */
  getRemoteAddress(): ArrayBuffer
  /** Needed where the handler returns before it answers. */
  onAborted(handler: () => void): unknown
  /** Runs `work` at once; what it writes goes out together. */
  cork(work: () => void): unknown
  writeStatus(status: string): HttpResponse
  writeHeader(name: string, value: string): HttpResponse
  end(body: string, closeConnection: boolean): unknown
  /** Resets the connection. */
  close(): unknown
  /** Calls the `open` handler. */
  upgrade<UserData>(
    userData: UserData,
    key: string,
    protocols: string,
    extensions: string,
    context: SocketContext,
  ): unknown
}

/** The module as its typings have it, and what they lack. */
type Module = typeof uWebSockets & {
  App(): ModuleApp
  SSLApp(options: uWebSockets.AppOptions): ModuleApp
  readonly H3App?: unknown
}

type ModuleApp = uWebSockets.TemplatedApp & Pick<App, 'listen' | 'close'>

export const LISTEN_SHARED = 0
/** Refuses a port that another process listens on, also another uWebSockets.js, which would share it silently. */
export const LISTEN_EXCLUSIVE = 1

/** What `send` returns. */
export const SendStatus = { buffered: 0, sent: 1, dropped: 2 } as const

/** Throws an Error that describes this machine and both builds. */
export function loadUws(): Uws {
  const machine = describeMachine()
  const build = chooseBuild(machine)
  try {
    const uws = createRequire(import.meta.url)(build) as Module
    // Where its addon does not load, one of the builds falls back to an incomplete imitation in JavaScript.
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

export function describeMachine(): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    /** Read where it is asked for: the report takes tens of milliseconds. */
    get glibc() {
      const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
      return report.header?.glibcVersionRuntime
    },
  }
}

function isAtLeast(version: string | undefined, [major, minor]: readonly [number, number]): boolean {
  const [actualMajor = 0, actualMinor = 0] = (version ?? '0.0').split('.').map(Number)
  return actualMajor > major || (actualMajor === major && actualMinor >= minor)
}
