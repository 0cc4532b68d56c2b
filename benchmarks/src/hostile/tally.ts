// What attackers see of their attack.

export interface Tally {
  /** Connections that were opened. */
  connections: number
  /** Connections that were refused, or reset before they were open. */
  refused: number
  /** Handshakes answered with 101. */
  upgrades: number
  /** HTTP answers by status. */
  answers: Record<string, number>
  answersPerConnectionMax: number
  /** Connections that the server ended: by the code of the Close frame, or `none`, or `reset`. */
  closes: Record<string, number>
  /** Frames received by opcode. */
  frames: Record<string, number>
  bytesSent: number
  bytesReceived: number
  /** Bursts that were left out because the server had not taken the one before. */
  skipped: number
}

export function newTally(): Tally {
  return {
    connections: 0,
    refused: 0,
    upgrades: 0,
    answers: {},
    answersPerConnectionMax: 0,
    closes: {},
    frames: {},
    bytesSent: 0,
    bytesReceived: 0,
    skipped: 0,
  }
}

export function count(counts: Record<string, number>, key: string | number): void {
  counts[key] = (counts[key] ?? 0) + 1
}
