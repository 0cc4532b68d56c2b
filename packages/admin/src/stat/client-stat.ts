// The clients of all gateways, for a report: from the client table.

import { SocketAddress } from 'node:net'
import {
  Acknowledgement,
  ClientFormat,
  type ClientRow,
  ClientTableReader,
  newClientRow,
} from '@tradelane/shared/lanes/client-table'
import { readThreadCounters } from '@tradelane/shared/thread/counters'
import { CLIENTS_LISTED_MAX } from '../limits.js'
import type { Figures } from './gauge-table.js'
import type { StatSources } from './stat-sources.js'

export interface ClientReport extends Figures<'client'> {
  /** The role of its thread. */
  readonly gateway: string
  readonly address: string
  readonly format: keyof typeof ClientFormat
  readonly acknowledgesBy: keyof typeof Acknowledgement
  readonly hasAnswered: boolean
}

export interface ClientsReport {
  readonly gateways: readonly (Figures<'gateway'> & { readonly role: string })[]
  /** Those that are furthest behind first, then the fastest. */
  readonly list: readonly ClientReport[]
  readonly listOmitted: number
}

const FORMATS = namesOf(ClientFormat)
const ACKNOWLEDGEMENTS = namesOf(Acknowledgement)

export class ClientStat {
  readonly #sources: StatSources
  readonly #table: ClientTableReader

  constructor(sources: StatSources) {
    this.#sources = sources
    this.#table = new ClientTableReader(sources.clientTable)
  }

  report(nowUs: number): ClientsReport {
    const { gatewayThreads, counters } = this.#sources
    const ofGateways = gatewayThreads.map((thread, gateway) => this.#clientsOf(gateway, this.#roleOf(thread), nowUs))
    const all = ofGateways.flat().sort(byLagAndRate)
    const list = all.slice(0, CLIENTS_LISTED_MAX)
    return {
      gateways: gatewayThreads.map((thread, gateway) => ({
        role: this.#roleOf(thread),
        clientsConnected: readThreadCounters(counters, thread).clientsConnected,
        rows: ofGateways[gateway]?.length ?? 0,
      })),
      list,
      listOmitted: all.length - list.length,
    }
  }

  #roleOf(thread: number): string {
    return this.#sources.threads.find(({ index }) => index === thread)?.role ?? ''
  }

  #clientsOf(gateway: number, role: string, nowUs: number): ClientReport[] {
    const found: ClientReport[] = []
    const row = newClientRow()
    for (let index = 0; index < this.#table.rowsMax; index += 1) {
      if (this.#table.read(gateway, index, row)) found.push(reportOf(row, role, nowUs))
    }
    return found
  }
}

function reportOf(row: ClientRow, gateway: string, nowUs: number): ClientReport {
  return {
    gateway,
    address: addressText(row.address),
    format: FORMATS[row.format] ?? 'json',
    acknowledgesBy: ACKNOWLEDGEMENTS[row.acknowledgement] ?? 'pong',
    hasAnswered: row.hasAnswered,
    connectedMs: ageMs(row.connectedUs, nowUs),
    framesSent: row.framesSent,
    bytesSent: row.bytesSent,
    bytesPerS: row.bytesPerS,
    creditBytes: Math.round(row.creditBytes),
    inFlightBytes: row.inFlightBytes,
    unacknowledgedBytes: row.unacknowledgedBytes,
    minRttUs: Number.isFinite(row.minRttUs) ? Math.round(row.minRttUs) : null,
    lagRecords: row.lagRecords,
    lagMs: Math.round(row.lagUs / 1_000),
    dirtyCells: row.dirtyCells,
    openPings: row.openPings,
    bufferedBytes: row.bufferedBytes,
    recordsMissed: row.recordsMissed,
    rowAgeMs: ageMs(row.writtenUs, nowUs),
  }
}

function byLagAndRate(one: ClientReport, other: ClientReport): number {
  return (other.lagRecords ?? 0) - (one.lagRecords ?? 0) || (other.bytesPerS ?? 0) - (one.bytesPerS ?? 0)
}

function ageMs(atUs: number, nowUs: number): number {
  return Math.max(0, Math.round((nowUs - atUs) / 1_000))
}

/** `192.0.2.1`, `2001:db8::1`; an IPv4 address in IPv6 form as the former. */
export function addressText(bytes: Uint8Array): string {
  const isMapped =
    bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every(isZero)
  if (bytes.length === 4) return bytes.join('.')
  if (isMapped) return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, group) => ((bytes[group * 2] ?? 0) << 8) | (bytes[group * 2 + 1] ?? 0))
  const text = groups.map(group => group.toString(16)).join(':')
  return new SocketAddress({ address: text, family: 'ipv6' }).address
}

function isZero(byte: number): boolean {
  return byte === 0
}

function namesOf<Codes extends Readonly<Record<string, number>>>(codes: Codes): Record<number, keyof Codes> {
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [code, name]))
}
