// What `/stat` answers, as far as the page reads it. A figure is null where the system does not tell.

type Figure = number | null

export interface StatReport {
  readonly at: string
  readonly process: {
    readonly version: string
    readonly stream: string
    readonly pid: number
    readonly uptimeMs: Figure
    readonly load: Figure
    readonly stolenTime: Figure
    readonly residentBytes: Figure
    readonly descriptors: Figure
    readonly descriptorsMax: Figure
  }
  readonly threads: readonly ThreadReport[]
  readonly lanes: {
    readonly tradeLog: {
      readonly usedRecords: Figure
      readonly capacityRecords: Figure
      readonly newestAgeMs: Figure
      readonly newestSequence: Figure
    }
    readonly depthRings: readonly {
      readonly shard: number
      readonly usedShare: Figure
      readonly usedBytes: Figure
      readonly oldestAgeMs: Figure
    }[]
    readonly stateBoard: { readonly cells: Figure; readonly writtenCells: Figure }
    readonly bookBoard: { readonly cells: Figure; readonly writtenCells: Figure }
  }
  readonly links: { readonly list: readonly LinkReport[] }
  readonly books: {
    readonly live: Figure
    readonly stale: Figure
    readonly starting: Figure
    readonly notLive: readonly BookReport[]
  }
  readonly clients: { readonly list: readonly ClientReport[]; readonly listOmitted: number }
  readonly counters: Readonly<Record<string, { readonly value: number; readonly unit: string; readonly about: string }>>
  readonly refusals: Readonly<Record<string, number>>
}

export interface ThreadReport {
  readonly role: string
  readonly state: string
  readonly starts: Figure
  readonly load: Figure
  readonly cpuWait: Figure
  readonly niceness: Figure
  readonly heapUsedBytes: Figure
  readonly heapLimitBytes: Figure
  readonly scavenges: Figure
  readonly majorCollections: Figure
}

export interface LinkReport {
  readonly product: string
  readonly kind: string
  readonly state: string
  readonly reason: string
  readonly since: string | null
}

export interface BookReport {
  readonly product: string
  readonly symbol: string
  readonly state: string
  readonly reason: string
  readonly since: string | null
}

export interface ClientReport {
  readonly gateway: string
  readonly address: string
  readonly format: string
  readonly acknowledgesBy: string
  readonly connectedMs: Figure
  readonly bytesPerS: Figure
  readonly creditBytes: Figure
  readonly inFlightBytes: Figure
  readonly minRttUs: Figure
  readonly lagRecords: Figure
  readonly lagMs: Figure
  readonly dirtyCells: Figure
  readonly recordsMissed: Figure
}
